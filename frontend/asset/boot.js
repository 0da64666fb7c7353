// Runs before the first paint: chooses theme and language from what was kept, so that nothing flashes.
// The page's content security policy forbids inline scripts, hence a file.
(function () {
  "use strict";
  var root = document.documentElement;
  var kept = function (key) {
    try {
      return localStorage.getItem("almanac." + key);
    } catch (refused) {
      return null;
    }
  };
  var theme = kept("theme");
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  root.setAttribute("data-theme", theme);
  var language = kept("language") || navigator.language || "en";
  root.lang = /^zh/i.test(language) ? "zh-CN" : "en";
})();
