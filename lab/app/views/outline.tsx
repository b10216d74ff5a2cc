import type { ViewOutline } from "ockham/demo";
import { formulasClass } from "./formulas-figure.tsx";

/** The place of a view that is not computed yet, as large as the view will be. */
export function Outline({ outline: { kind, title, equal, rows = 1 } }: { outline: ViewOutline }) {
  const drawn = kind === "plot" || kind === "graph" || kind === "matrix";
  const shape = kind === "plot" && !equal ? "wide" : drawn ? "square" : `${kind}-view`;
  return (
    <figure class={`view outline ${shape}`}>
      <figcaption>
        <span>{title}</span>
        {drawn && (
          <button type="button" class="quiet" disabled>
            SVG
          </button>
        )}
      </figcaption>
      {drawn && <div class="picture" />}
      {kind === "images" && Array.from({ length: rows }, (_, i) => <div class="image-row place" key={i} />)}
      {kind === "table" && (
        <div class="table-place">
          {Array.from({ length: rows + 1 }, (_, i) => (
            <div key={i} />
          ))}
        </div>
      )}
      {kind === "formulas" && <div class={formulasClass(rows)} />}
      {kind === "text" && <div class="text-place" />}
    </figure>
  );
}
