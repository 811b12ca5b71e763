// The view in the address: what is filtered, sorted, chosen and open, so that a link shows the same.
// The other scripts ask it for what the address says of them, and tell it what has changed.
const view = (() => {
  "use strict";
  const state = new URLSearchParams(location.search);
  let waiting = false;
  const write = () => {
    waiting = false;
    const query = state.toString().replaceAll("%2C", ",");
    try {
      history.replaceState(history.state, "", `${location.pathname}${query && "?"}${query}${location.hash}`);
    } catch {
      // a frame without an origin of its own has no address to keep
    }
  };
  const later = () => {
    if (!waiting) setTimeout(write); // once, however much changes together
    waiting = true;
  };
  addEventListener("hashchange", later); // an older entry of the history has an older view
  return {
    all: (name) => (state.get(name) ?? "").split(",").filter(Boolean),
    get: (name) => state.get(name) ?? "",
    set: (name, ...values) => {
      const text = values.filter(Boolean).join(",");
      if (text) state.set(name, text);
      else state.delete(name);
      later();
    },
  };
})();
