// Elements as values, and a patch that changes only what differs, so that the focus, the caret and
// the place scrolled to stay where the person left them. No text ever becomes HTML.
const SVG = "http://www.w3.org/2000/svg";

// h("button", { class: "main", onclick: play, key: "play" }, "Play")
function h(tag, props, ...children) {
  const kept = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
  return { tag, props: props ?? {}, children: kept };
}

// Makes the children of `parent` what `wanted` says.
function patch(parent, wanted) {
  const specs = [wanted].flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false && one !== "");
  const keyed = new Map();
  const loose = [];
  for (const node of parent.childNodes) {
    if (node.specKey !== undefined) keyed.set(node.specKey, node);
    else loose.push(node);
  }
  const nodes = specs.map((spec) => reuse(parent, spec, keyed, loose));
  const staying = new Set(nodes);
  // What goes, goes first: an element that is moved loses the focus, one that closes up doesn't.
  for (const node of [...parent.childNodes]) if (!staying.has(node)) node.remove();
  let place = parent.firstChild;
  for (const node of nodes) {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
}

function reuse(parent, spec, keyed, loose) {
  if (typeof spec !== "object") {
    const at = loose.findIndex((node) => node.nodeType === Node.TEXT_NODE);
    const text = at < 0 ? document.createTextNode("") : loose.splice(at, 1)[0];
    if (text.data !== String(spec)) text.data = String(spec);
    return text;
  }
  const { key } = spec.props;
  let node;
  if (key !== undefined) {
    const found = keyed.get(key);
    if (found?.localName === spec.tag) node = found;
    keyed.delete(key);
  } else {
    const at = loose.findIndex((one) => one.localName === spec.tag);
    if (at >= 0) node = loose.splice(at, 1)[0];
  }
  node ??= made(parent, spec);
  dress(node, spec.props);
  if (!spec.props.own) patch(node, spec.children); // "own": the element's inside belongs to somebody else
  // A select takes its value when its options are there.
  if (spec.tag === "select" && spec.props.value !== undefined && node.value !== spec.props.value) node.value = spec.props.value;
  return node;
}

function made(parent, spec) {
  const drawn = spec.tag === "svg" || parent.namespaceURI === SVG;
  const node = drawn ? document.createElementNS(SVG, spec.tag) : document.createElement(spec.tag);
  node.specKey = spec.props.key;
  node.dressed = {};
  return node;
}

const PROPERTIES = new Set(["checked", "disabled", "value", "open", "hidden", "indeterminate", "selected"]);

// An option without the attribute has its text for a value, so "" must be written.
function isProperty(node, name) {
  return PROPERTIES.has(name) && node.namespaceURI !== SVG && !(name === "value" && node.localName === "option");
}

function dress(node, props) {
  const before = node.dressed;
  for (const name of Object.keys(before)) if (!(name in props)) undress(node, name);
  for (const [name, value] of Object.entries(props)) {
    if (name === "key" || name === "own") continue;
    if (name.startsWith("on")) node[name] = value && ((event) => void value(event)); // what it returns cancels nothing
    else if (isProperty(node, name)) keepIn(node, name, value, before[name]);
    else if (before[name] !== value) attribute(node, name, value);
  }
  node.dressed = props;
}

// A field that is being written in, or whose text is on its way, keeps what its person wrote.
function keepIn(node, name, value, before) {
  const writing = name === "value" && node === node.getRootNode().activeElement && "selectionStart" in node;
  if ((writing && before === value) || (name === "value" && node.dataset.unsent)) return;
  if (node[name] !== value) node[name] = value;
}

function attribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

function undress(node, name) {
  if (name.startsWith("on")) node[name] = null;
  else if (isProperty(node, name)) node[name] = typeof node[name] === "string" ? "" : false;
  else node.removeAttribute(name);
}
