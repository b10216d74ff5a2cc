import type { ImagesView } from "ockham/demo";
import { useEffect, useRef } from "preact/hooks";

type Row = ImagesView["rows"][number];

export function ImagesFigure({ view }: { view: ImagesView }) {
  return (
    <figure class="view wide images-view">
      <figcaption>{view.title}</figcaption>
      {view.rows.map((row) => (
        <div class="image-row" key={row.name}>
          <p class={`role-${row.role}`}>{row.name}</p>
          <Strip row={row} width={view.width} height={view.height} />
        </div>
      ))}
    </figure>
  );
}

/** Images of a row side by side on one canvas. */
function Strip({ row, width, height }: { row: Row; width: number; height: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const count = row.pixels.length / (width * height);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(count * width, height);
    for (let i = 0; i < count; i++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const grey = 255 * row.pixels[(i * height + y) * width + x]!;
          image.data.set([grey, grey, grey, 255], 4 * (y * count * width + i * width + x));
        }
    context.putImageData(image, 0, 0);
  }, [row, count, width, height]);
  return (
    <canvas
      ref={canvas}
      width={count * width}
      height={height}
      role="img"
      aria-label={`${row.name}: ${count} images`}
    />
  );
}
