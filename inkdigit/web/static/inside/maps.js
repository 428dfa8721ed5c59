// The feature maps of a layer, many on one canvas.
import { make } from "../shared/dom.js";

const RAMP = Array.from({ length: 256 }, (_, tone) => { // black, blue, white: a screen, in both themes
  const part = (tone / 255) ** 0.7;
  return [20 + 235 * part ** 2, 22 + 233 * part ** 1.4, 30 + 225 * Math.min(1, part * 1.3)].map(Math.round);
});

// All maps of a layer on one canvas, in rows, each enlarged by a whole number. wide: of the canvas in CSS pixels.
export function spread({ channels, width, height }, canvas, wide = 352) {
  const columns = channels === 1 ? 1 : width > 8 ? 8 : 16;
  const full = 2 * wide; // sharp on dense screens too
  const cell = Math.floor((full - 2 * (columns - 1)) / columns);
  const scale = Math.max(1, Math.floor(cell / Math.max(width, height)));
  const step = columns === 1 ? full : (full - scale * width) / (columns - 1);
  const rows = Math.ceil(channels / columns);
  const down = scale * height + Math.max(2, step - scale * width);
  const corner = (map) => [Math.round((map % columns) * step), Math.round(Math.floor(map / columns) * down)];
  return {
    columns,
    // The map at a place of the canvas, both 0 to 1; null between maps.
    at(x, y) {
      const place = Math.floor((y * canvas.height) / down) * columns + Math.min(columns - 1, Math.floor((x * full) / step));
      return place >= 0 && place < channels ? place : null;
    },
    paint(content, picked) {
      const high = Math.round((rows - 1) * down + scale * height);
      const wanted = columns === 1 ? scale * width : full;
      if (canvas.width !== wanted || canvas.height !== high) { canvas.width = wanted; canvas.height = high; }
      const context = canvas.getContext("2d");
      const small = make("canvas", { width, height });
      const image = new ImageData(width, height);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.imageSmoothingEnabled = false;
      for (let map = 0; map < channels; map++) {
        for (let i = 0; i < width * height; i++) image.data.set([...RAMP[content[map * width * height + i]], 255], 4 * i);
        small.getContext("2d").putImageData(image, 0, 0);
        context.drawImage(small, ...corner(map), scale * width, scale * height);
      }
      if (picked === null) return;
      context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--mark");
      context.lineWidth = 6;
      const [x, y] = corner(picked);
      context.strokeRect(x + 3, y + 3, scale * width - 6, scale * height - 6);
    },
  };
}
