// Loads pictures when the part that holds them is open: of a page from disk a browser would load all of them at once.
(() => {
  "use strict";
  const load = (part) => {
    for (const image of part.querySelectorAll("img[data-src]")) {
      if (image.closest("details:not([open])")) continue;
      image.src = image.dataset.src;
      delete image.dataset.src;
    }
  };
  addEventListener("toggle", (event) => event.target.open && load(event.target), true); // it does not bubble
  load(document);
})();
