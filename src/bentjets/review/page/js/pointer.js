// Mouse, pen and fingers on the image: move, zoom, tone, and the points of a measurement.

const WHEEL_ZOOM = 1.0015;

// What happens is told by calls: moved(pixel or null), clicked(pixel), toned(), viewed().
export function watchPointer(picture, { moved, clicked, toned, viewed }) {
  const { overlay } = picture;
  const fingers = new Map();
  let drag = null;

  const place = (event) => {
    const box = overlay.getBoundingClientRect();
    const scale = overlay.width / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  };

  overlay.addEventListener("pointerdown", (event) => {
    if (!picture.source) return;
    overlay.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    drag = { from: place(event), cuts: picture.tone.cuts, tones: event.button === 2, moved: false };
  });

  overlay.addEventListener("pointermove", (event) => {
    if (!picture.source) return;
    const here = place(event);
    moved(picture.toPixel(here));
    const before = fingers.get(event.pointerId);
    if (!before || !drag) return;
    if (Math.hypot(here.x - drag.from.x, here.y - drag.from.y) > 4) drag.moved = true;
    if (drag.tones) {
      const [right, down] = [(here.x - drag.from.x) / overlay.width, (here.y - drag.from.y) / overlay.height];
      picture.tone.drag(drag.cuts, right, down);
      toned();
    } else if (fingers.size === 2) {
      pinch(event.pointerId, here);
    } else if (drag.moved) {
      picture.panBy(here.x - before.x, here.y - before.y);
      viewed();
    }
    fingers.set(event.pointerId, here);
  });

  function pinch(moving, here) {
    const [still] = [...fingers].filter(([id]) => id !== moving).map(([, at]) => at);
    const before = fingers.get(moving);
    const [was, is] = [before, here].map((one) => Math.hypot(one.x - still.x, one.y - still.y));
    if (was > 0) picture.zoomBy(is / was, { x: (here.x + still.x) / 2, y: (here.y + still.y) / 2 });
    drag.moved = true;
    viewed();
  }

  function end(event) {
    fingers.delete(event.pointerId);
    if (drag && !drag.moved && !drag.tones && event.type === "pointerup") clicked(picture.toPixel(place(event)));
    if (!fingers.size) drag = null;
  }

  overlay.addEventListener("pointerup", end);
  overlay.addEventListener("pointercancel", end);
  overlay.addEventListener("pointerleave", () => moved(null));
  overlay.addEventListener("contextmenu", (event) => event.preventDefault());
  overlay.addEventListener("wheel", (event) => {
    if (!picture.source) return;
    event.preventDefault();
    picture.zoomBy(WHEEL_ZOOM ** -event.deltaY, place(event));
    viewed();
  }, { passive: false });
}
