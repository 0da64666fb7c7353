// Mounts GraphiQL on this server's API. Requests carry the browser's own session: a short access token is fetched with
// the refresh cookie and renewed before it runs out. Live operations go over graphql-transport-ws.
"use strict";

(() => {
  const ENDPOINT = "/graphql";
  const session = { token: null, expires: 0, renewing: null };

  async function post(body, headers) {
    const response = await fetch(ENDPOINT, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  async function renew() {
    const query = "mutation { refreshSession { accessToken accessExpiresAt } }";
    const payload = (await post({ query }, {})).data?.refreshSession;
    session.token = payload?.accessToken ?? null;
    session.expires = payload?.accessExpiresAt ? Date.parse(payload.accessExpiresAt) : Date.now() + 60_000;
    tell(session.token === null);
  }

  // One renewal at a time: the refresh token changes with each.
  async function authorization() {
    if (Date.now() > session.expires - 30_000) {
      session.renewing ??= renew().catch(() => {}).finally(() => { session.renewing = null; });
      await session.renewing;
    }
    return session.token ? { authorization: `Bearer ${session.token}` } : {};
  }

  function tell(anonymous) {
    const notice = document.getElementById("notice");
    notice.hidden = !anonymous;
    if (anonymous && !notice.hasChildNodes()) {
      const link = document.createElement("a");
      link.href = "/";
      link.textContent = "Sign in · 登录";
      notice.append("Nobody is signed in, so most fields answer with an error. 尚未登录，大部分字段不可用。 ", link);
    }
  }

  function isLive(params, options) {
    const operations = options?.documentAST?.definitions?.filter((it) => it.kind === "OperationDefinition") ?? [];
    const chosen = operations.find((it) => it.name?.value === params.operationName) ?? operations[0];
    return chosen?.operation === "subscription";
  }

  // A live operation as the asynchronous sequence that GraphiQL reads; ending it closes the connection.
  async function* subscribe(params, headers) {
    const address = new URL(`${ENDPOINT}/ws`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, "graphql-transport-ws");
    const waiting = [];
    let wake = () => {};
    const push = (item) => { waiting.push(item); wake(); };
    socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init", payload: headers }));
    socket.onclose = (event) => push({ end: true, error: event.code === 1000 ? null : event.reason || `closed with code ${event.code}` });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "connection_ack") socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: params }));
      else if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
      else if (message.type === "next") push({ value: message.payload });
      else if (message.type === "error") push({ value: { errors: message.payload } });
      else if (message.type === "complete") push({ end: true });
    };
    try {
      for (;;) {
        while (waiting.length === 0) await new Promise((resolve) => { wake = resolve; });
        const item = waiting.shift();
        if (item.value) yield item.value;
        if (item.error) yield { errors: [{ message: item.error }] };
        if (item.end) return;
      }
    } finally {
      socket.close(1000);
    }
  }

  async function fetcher(params, options) {
    const headers = { ...(await authorization()), ...options?.headers };
    return isLive(params, options) ? subscribe(params, headers) : post(params, headers);
  }

  const defaultQuery = `# Almanac's API. Ctrl-Space completes, Ctrl-Enter runs, the book at the left is the schema.
{
  viewer {
    account { username displayName }
    memberships { tenant { slug title } roles }
  }
}
`;
  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  root.render(React.createElement(GraphiQL, { fetcher, defaultQuery, shouldPersistHeaders: false }));
})();
