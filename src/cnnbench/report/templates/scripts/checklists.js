// Links to the reporting checklists, where `cnnbench track` has written them and named their runs in costs.js.
(() => {
  "use strict";
  const written = window.cnnbenchChecklists;
  if (!Array.isArray(written)) return;
  for (const links of document.querySelectorAll("[data-checklist]")) links.hidden = !written.includes(links.dataset.checklist);
})();
