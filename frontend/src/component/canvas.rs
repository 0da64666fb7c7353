//! The graph of a workflow or run: drag to move, Ctrl+wheel or pinch to zoom, F to fit, arrows to walk along edges.
//! Nodes are buttons, so the keyboard and assistive technology reach each of them with a full sentence.

use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, ResizeObserver};

use crate::api::task::{ItemCounts, TaskState};
use crate::component::icon::Ic;
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::t;
use crate::view::graph::{self, Drawing, Step};
use crate::view::path::share;
use crate::view::state::{self, Look};

const ZOOM_MIN: f64 = 0.25;
const ZOOM_MAX: f64 = 2.0;
const MARGIN: f64 = 16.0;

/// What a node shows besides its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NodeFace {
    /// The task's state in a run; a version's graph has none.
    pub(crate) look: Option<Look>,
    /// The second line.
    pub(crate) detail: String,
    /// More classes, such as of a colouring.
    pub(crate) class: String,
    /// How its items stand, when it has some.
    pub(crate) items: Option<ItemCounts>,
}

/// Where the drawing stands in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    x: f64,
    y: f64,
    zoom: f64,
}

#[component]
pub(crate) fn Canvas(
    drawing: StoredValue<Drawing>,
    /// The face of a node by its index; followed.
    face: Callback<usize, NodeFace>,
    /// The state of a node by its index, for its edges; followed.
    edge_state: Callback<usize, Option<TaskState>>,
    #[prop(into)] selected: Signal<Option<String>>,
    on_select: Callback<String>,
    /// The nodes of a path that is to stand out.
    #[prop(optional, into)]
    path: Signal<Vec<usize>>,
    /// What stands in its corner.
    #[prop(optional, into)]
    tools: ViewFn,
    /// What is kept free above the drawing for it.
    #[prop(default = MARGIN)]
    top: f64,
) -> impl IntoView {
    let area = NodeRef::<Div>::new();
    let view = RwSignal::new(View { x: 0.0, y: 0.0, zoom: 1.0 });
    let touched = RwSignal::new(false);
    let fit = move || {
        touched.set(false);
        if let Some(area) = area.get_untracked() {
            view.set(drawing.with_value(|drawing| fitted(drawing, &area, top)));
        }
    };
    refit_on_resize(area, touched, fit);
    reveal_selected(area, drawing, view, touched, selected);
    let zoom_by = move |factor: f64| {
        if let Some(area) = area.get_untracked() {
            let middle = (f64::from(area.client_width()) / 2.0, f64::from(area.client_height()) / 2.0);
            touched.set(true);
            view.update(|view| *view = zoomed(*view, factor, middle));
        }
    };
    let keys = move |event: KeyboardEvent| press(&event, drawing, &fit, &zoom_by);
    let count = drawing.with_value(|drawing| drawing.nodes.len());
    view! {
        <div
            class="canvas"
            node_ref=area
            role="group"
            aria-label=move || t!(run_canvas_label, count)
            on:wheel=move |event| turn_wheel(&event, area, view, touched)
            on:keydown=keys
            on:pointerdown=move |event| grab(&event, view, touched)
        >
            <div
                class="dag"
                class:dag--compact=drawing.with_value(|drawing| drawing.compact)
                style:--x=move || format!("{}px", view.get().x)
                style:--y=move || format!("{}px", view.get().y)
                style:--z=move || view.get().zoom.to_string()
            >
                <Edges drawing edge_state path />
                {drawing.with_value(|drawing| {
                    (0..drawing.nodes.len())
                        .map(|index| view! { <Box_ node=drawing.nodes[index].clone() index face selected on_select /> })
                        .collect_view()
                })}
            </div>
            {tools.run()}
            <Zoom view on_zoom=Callback::new(zoom_by) on_fit=Callback::new(move |()| fit()) />
        </div>
    }
}

#[component]
fn Zoom(view: RwSignal<View>, on_zoom: Callback<f64>, on_fit: Callback<()>) -> impl IntoView {
    let button = |icon: Icon, label: Word, press: Callback<()>| {
        view! {
            <button
                class="ibtn ibtn--s"
                type="button"
                title=move || label(lang())
                aria-label=move || label(lang())
                on:click=move |_| press.run(())
            >
                <Ic icon />
            </button>
        }
    };
    view! {
        <div class="ctool ctool--br">
            {button(Icon::Minus, text::run_zoom_out, Callback::new(move |()| on_zoom.run(0.8)))}
            <span class="small dim zoom">{move || format!("{:.0}%", view.get().zoom * 100.0)}</span>
            {button(Icon::Plus, text::run_zoom_in, Callback::new(move |()| on_zoom.run(1.25)))}
            {button(Icon::Fit, text::run_fit, on_fit)}
        </div>
    }
}

/// The lines, drawn once; their classes follow the states at their ends.
#[component]
fn Edges(
    drawing: StoredValue<Drawing>,
    edge_state: Callback<usize, Option<TaskState>>,
    path: Signal<Vec<usize>>,
) -> impl IntoView {
    let (width, height, edges) = drawing.with_value(|drawing| (drawing.width, drawing.height, drawing.edges.clone()));
    let line = move |edge: graph::Edge| {
        let class = Memo::new(move |_| match (edge_state.run(edge.from), edge_state.run(edge.to)) {
            (Some(from), Some(to)) => graph::edge_class(from, to),
            _ => "e e--done",
        });
        let on_path = Memo::new(move |_| path.with(|path| path.windows(2).any(|pair| pair == [edge.from, edge.to])));
        let head = move || match class.get() {
            "e e--run" => "url(#head-run)",
            "e e--fail" => "url(#head-fail)",
            _ => "url(#head)",
        };
        let class = move || if on_path.get() { format!("{} e--crit", class.get()) } else { class.get().to_owned() };
        view! { <path class=class d=edge.path.clone() marker-end=head></path> }
    };
    let marker = |id: &'static str, class: &'static str| {
        view! {
            <marker id=id viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                <path class=class d="M0 .6L7 4L0 7.4z"></path>
            </marker>
        }
    };
    view! {
        <svg class="dag__e" width=width height=height aria-hidden="true">
            <defs>
                {marker("head", "head")}
                {marker("head-run", "head head--run")}
                {marker("head-fail", "head head--fail")}
            </defs>
            {edges.into_iter().map(line).collect_view()}
        </svg>
    }
}

/// A node.
#[component]
fn Box_(
    node: graph::Node,
    index: usize,
    face: Callback<usize, NodeFace>,
    selected: Signal<Option<String>>,
    on_select: Callback<String>,
) -> impl IntoView {
    let graph::Node { task, x, y } = node;
    let face = Memo::new(move |_| face.run(index));
    let name = StoredValue::new(task.name.clone());
    let chosen = move || selected.with(|selected| name.with_value(|name| selected.as_deref() == Some(name)));
    let class =
        move || face.with(|face| format!("node node--{} {}", face.look.map_or("none", |look| look.code), face.class));
    let sentence = move || {
        let state = face.with(|face| face.look.map(|look| look.label(lang())));
        let detail = face.with(|face| face.detail.clone());
        name.with_value(|name| match state {
            Some(state) => t!(run_node_label, name, state, detail),
            None => format!("{name}. {detail}"),
        })
    };
    let title = task.title.clone().unwrap_or_else(|| task.name.clone());
    view! {
        <button
            type="button"
            class=class
            class:is-sel=chosen
            aria-current=move || chosen().then_some("true")
            aria-label=sentence
            title=title
            data-node=index
            data-task=task.name.clone()
            data-state=move || face.with(|face| face.look.map(|look| look.code))
            style:--x=format!("{x:.1}px")
            style:--y=format!("{y:.1}px")
            on:click=move |_| on_select.run(name.get_value())
        >
            <span class="node__i">
                <Ic icon=state::kind(&task.kind) />
            </span>
            <span class="node__b">
                <b>{task.name.clone()}</b>
                <small>{move || face.with(|face| face.detail.clone())}</small>
            </span>
            {move || {
                face.with(|face| face.items).map(|counts| {
                    let width = |part: i32| format!("{:.2}%", share(part, counts));
                    view! {
                        <span class="node__m" aria-hidden="true">
                            <i class="m-ok" style:--w=width(counts.succeeded)></i>
                            <i class="m-run" style:--w=width(counts.under_way)></i>
                            <i class="m-fail" style:--w=width(counts.failed)></i>
                        </span>
                    }
                })
            }}
            {move || {
                face.with(|face| face.look).map(|look| view! { <crate::component::state::Glyph look large=true /> })
            }}
        </button>
    }
}

/// The keys of the drawing: fit, zoom, walk.
fn press(event: &KeyboardEvent, drawing: StoredValue<Drawing>, fit: &impl Fn(), zoom_by: &impl Fn(f64)) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "f" | "F" => fit(),
        "+" | "=" => zoom_by(1.2),
        "-" => zoom_by(1.0 / 1.2),
        key => {
            if let Some(step) = arrow(key) {
                event.prevent_default();
                walk(drawing, step);
            }
        }
    }
}

/// With Ctrl the wheel zooms at the pointer, otherwise it moves the drawing.
fn turn_wheel(event: &WheelEvent, area: NodeRef<Div>, view: RwSignal<View>, touched: RwSignal<bool>) {
    event.prevent_default();
    touched.set(true);
    if event.ctrl_key() || event.meta_key() {
        let place = area.get_untracked().map(|area| area.get_bounding_client_rect());
        let origin = place.map_or((0.0, 0.0), |place| (place.left(), place.top()));
        let at = (f64::from(event.client_x()) - origin.0, f64::from(event.client_y()) - origin.1);
        view.update(|view| *view = zoomed(*view, (-event.delta_y() * 0.002).exp(), at));
    } else {
        view.update(|view| *view = View { x: view.x - event.delta_x(), y: view.y - event.delta_y(), ..*view });
    }
}

fn arrow(key: &str) -> Option<Step> {
    match key {
        "ArrowUp" => Some(Step::Up),
        "ArrowDown" => Some(Step::Down),
        "ArrowLeft" => Some(Step::Left),
        "ArrowRight" => Some(Step::Right),
        _ => None,
    }
}

/// Moves the keyboard from the node that has it to its neighbour.
fn walk(drawing: StoredValue<Drawing>, step: Step) {
    let here = document().active_element().and_then(|element| element.get_attribute("data-node"));
    let here = here.and_then(|index| index.parse::<usize>().ok());
    let next = match here {
        Some(here) => drawing.with_value(|drawing| drawing.neighbour(here, step)),
        None => Some(0),
    };
    if let Some(next) = next {
        crate::browser::focus(&format!("[data-node=\"{next}\"]"));
    }
}

/// All of the drawing, not larger than it is, in the middle.
fn fitted(drawing: &Drawing, area: &HtmlElement, top: f64) -> View {
    let (width, height) = (f64::from(area.client_width()), f64::from(area.client_height()));
    let zoom = ((width - 2.0 * MARGIN) / drawing.width.max(1.0)).min((height - top - MARGIN) / drawing.height.max(1.0));
    let zoom = zoom.clamp(ZOOM_MIN, 1.0);
    let x = ((width - drawing.width * zoom) / 2.0).max(MARGIN);
    // A small graph hangs from the top third rather than floating in the middle.
    let y = ((height - drawing.height * zoom) / 3.0).max(top);
    View { x, y, zoom }
}

/// Zoomed so that the point under the pointer stays where it is.
fn zoomed(view: View, factor: f64, at: (f64, f64)) -> View {
    let zoom = (view.zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX);
    let scale = zoom / view.zoom;
    View { x: at.0 - (at.0 - view.x) * scale, y: at.1 - (at.1 - view.y) * scale, zoom }
}

/// Moves the drawing with the pointer until it is released.
fn grab(event: &PointerEvent, view: RwSignal<View>, touched: RwSignal<bool>) {
    if event.button() != 0 || crate::browser::lies_in(event.target(), ".node, .ctool") {
        return;
    }
    let (start, from) = ((f64::from(event.client_x()), f64::from(event.client_y())), view.get_untracked());
    touched.set(true);
    let moving = window_event_listener(leptos::ev::pointermove, move |event| {
        let (dx, dy) = (f64::from(event.client_x()) - start.0, f64::from(event.client_y()) - start.1);
        let _ = view.try_set(View { x: from.x + dx, y: from.y + dy, ..from });
    });
    let handles = StoredValue::new(vec![moving]);
    let released = window_event_listener(leptos::ev::pointerup, move |_| {
        let handles = handles.try_update_value(std::mem::take).unwrap_or_default();
        handles.into_iter().for_each(WindowListenerHandle::remove);
    });
    handles.update_value(|handles| handles.push(released));
}

/// Fits the drawing when it first has a size, and again while nobody moved it.
fn refit_on_resize(area: NodeRef<Div>, touched: RwSignal<bool>, fit: impl Fn() + Copy + 'static) {
    Effect::new(move |_| {
        let Some(element) = area.get() else { return };
        let changed = Closure::<dyn Fn()>::new(move || {
            if touched.try_get_untracked() == Some(false) {
                fit();
            }
        });
        let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        let kept = StoredValue::new_local((observer, changed));
        on_cleanup(move || {
            kept.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
}

/// Brings a node that is chosen elsewhere into view.
fn reveal_selected(
    area: NodeRef<Div>,
    drawing: StoredValue<Drawing>,
    view: RwSignal<View>,
    touched: RwSignal<bool>,
    selected: Signal<Option<String>>,
) {
    Effect::new(move |before: Option<Option<String>>| {
        let chosen = selected.get();
        let place = chosen.as_ref().filter(|_| before.is_some()).and_then(|name| {
            drawing.with_value(|drawing| {
                drawing.nodes.iter().find(|node| node.task.name == *name).map(|node| (node.x, node.y))
            })
        });
        if let (Some((x, y)), Some(area)) = (place, area.get_untracked()) {
            let (width, height) = (f64::from(area.client_width()), f64::from(area.client_height()));
            let now = view.get_untracked();
            let (left, top) = (now.x + x * now.zoom, now.y + y * now.zoom);
            let (right, bottom) = (left + graph::NODE.width * now.zoom, top + graph::NODE.height * now.zoom);
            if left < 0.0 || top < 0.0 || right > width || bottom > height {
                touched.set(true);
                let middle = (x + graph::NODE.width / 2.0, y + graph::NODE.height / 2.0);
                let (x, y) = (width / 2.0 - middle.0 * now.zoom, height / 2.0 - middle.1 * now.zoom);
                view.set(View { x, y, ..now });
            }
        }
        chosen
    });
}
