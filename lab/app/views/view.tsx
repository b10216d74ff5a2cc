import type { View } from "ockham/demo";
import { FormulasFigure } from "./formulas-figure.tsx";
import { GraphFigure } from "./graph-figure.tsx";
import { ImagesFigure } from "./images-figure.tsx";
import { MatrixFigure } from "./matrix-figure.tsx";
import { PlotFigure } from "./plot-figure.tsx";
import { TableFigure } from "./table-figure.tsx";

/** Draws a view of a frame. `file` names what is saved of it. */
export function ViewOf({ view, file }: { view: View; file: string }) {
  switch (view.kind) {
    case "plot":
      return <PlotFigure view={view} file={file} />;
    case "images":
      return <ImagesFigure view={view} />;
    case "graph":
      return <GraphFigure view={view} file={file} />;
    case "matrix":
      return <MatrixFigure view={view} file={file} />;
    case "table":
      return <TableFigure view={view} />;
    case "formulas":
      return <FormulasFigure view={view} />;
    case "text":
      return (
        <figure class="view text-view">
          <figcaption>{view.title}</figcaption>
          <p class="view-text">{view.text}</p>
        </figure>
      );
  }
}
