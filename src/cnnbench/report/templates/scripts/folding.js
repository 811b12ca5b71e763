// What is folded away: opens it where a link leads into it or where the address says so; all at once by two buttons.
(() => {
  "use strict";
  const parts = [...document.querySelectorAll("details[id]:not(.menu)")];
  const keep = () => {
    const open = parts.filter((part) => part.open).map((part) => part.id);
    view.set("open", ...(open.length === parts.length ? ["all"] : open));
  };
  const wanted = new Set(view.all("open"));
  for (const part of parts) {
    part.open = wanted.has("all") || wanted.has(part.id);
    part.addEventListener("toggle", keep);
  }
  const all = (open) => {
    for (const part of parts) part.open = open;
  };
  document.getElementById("open-all").addEventListener("click", () => all(true));
  document.getElementById("fold-all").addEventListener("click", () => all(false));
  document.querySelector(".folds").hidden = false;

  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const enclosing = target?.closest("details:not(.menu)");
    if (!enclosing) return;
    for (let part = enclosing; part; part = part.parentElement.closest("details")) part.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  // A link to where one is already changes no address
  addEventListener("click", (event) => {
    if (event.target.closest?.("a")?.hash === location.hash) reveal();
  });
  reveal();

  const menus = [...document.querySelectorAll(".menu")];
  addEventListener("click", (event) => {
    const inside = event.target.closest?.(".menu");
    for (const menu of menus) if (menu !== inside || event.target.closest("a")) menu.open = false;
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus.filter((one) => one.open)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
