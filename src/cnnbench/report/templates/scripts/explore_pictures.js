// Pictures out of the sheet of a run, as tiles and, one by one, in a light-box that the keyboard turns.

// The sheet of a run: `ready` says whether it is there; `picture` makes an element with one of its images.
function openSheet({ sheet, columns, id }) {
  const across = Math.min(columns, id.length);
  const image = new Image();
  const ready = new Promise((resolve) => {
    if (!sheet) resolve(false);
    image.addEventListener("load", () => resolve(true));
    image.addEventListener("error", () => resolve(false));
    if (sheet) image.src = sheet;
  });
  const picture = (index, longest, words) => {
    const [width, height] = [image.naturalWidth / across, image.naturalHeight / Math.ceil(id.length / columns)];
    const scale = longest / Math.max(width, height);
    const made = make("span", { class: "cutout", role: "img", "aria-label": words });
    Object.assign(made.style, {
      width: `${width * scale}px`,
      height: `${height * scale}px`,
      backgroundImage: `url("${sheet}")`,
      backgroundSize: `${image.naturalWidth * scale}px ${image.naturalHeight * scale}px`,
      backgroundPosition: `${-(index % columns) * width * scale}px ${-Math.floor(index / columns) * height * scale}px`,
      imageRendering: Math.max(width, height) <= 64 ? "pixelated" : "auto",
    });
    return made;
  };
  return { ready, picture };
}

// A grid of tiles, each of which opens the light-box. An item has `lines` of words and `picture(longest)`, or null for it.
function showTiles(grid, items) {
  grid.replaceChildren(
    ...items.map((item, index) => {
      const tile = make("button", { type: "button", class: "tile" });
      if (item.picture) tile.append(item.picture(112));
      for (const line of item.brief) tile.append(make("span", { text: line }));
      tile.addEventListener("click", () => openLightbox(items, index));
      return make("li", {}, tile);
    }),
  );
}

function openLightbox(items, first) {
  const box = make("dialog", { class: "lightbox", "aria-label": "A mistake" });
  const [frame, words, count] = [make("div", { class: "frame" }), make("div", { class: "words" }), make("output", {})];
  let at = first;
  const show = (index) => {
    at = Math.min(Math.max(index, 0), items.length - 1);
    const longest = Math.min(560, innerWidth * 0.86, innerHeight * 0.55);
    frame.replaceChildren(...(items[at].picture ? [items[at].picture(longest)] : []));
    words.replaceChildren(...items[at].lines.map((line) => make("p", { text: line })));
    count.textContent = `${at + 1} of ${items.length}`;
    [before.disabled, after.disabled] = [at === 0, at === items.length - 1];
  };
  const button = (text, label, act) => {
    const made = make("button", { type: "button", text, "aria-label": label });
    made.addEventListener("click", act);
    return made;
  };
  const before = button("←", "The mistake before", () => show(at - 1));
  const after = button("→", "The next mistake", () => show(at + 1));
  const opener = document.activeElement;
  const leave = () => {
    box.close();
    box.remove();
    opener?.focus();
  };
  const close = button("Close", "Close", leave);
  box.append(frame, words, make("div", { class: "turning" }, before, count, after, close));
  box.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
  box.addEventListener("click", (event) => event.target === box && leave()); // beside it
  box.addEventListener("cancel", (event) => {
    event.preventDefault(); // Escape
    leave();
  });
  document.body.append(box);
  show(first);
  box.showModal(); // which closes at Escape, and keeps the focus within
  close.focus();
}
