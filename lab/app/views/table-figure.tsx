import type { TableView } from "ockham/demo";
import { formatNumber } from "../format.ts";

export function TableFigure({ view }: { view: TableView }) {
  const numeric = view.columns.map((_, c) => view.rows.some((row) => typeof row[c] === "number"));
  return (
    <figure class="view table-view">
      <figcaption>{view.title}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus */}
      <section class="scroller" aria-label={`${view.title}, a table that scrolls`} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {view.columns.map(({ name, unit }, c) => (
                <th key={name} scope="col" class={numeric[c] ? "number" : ""}>
                  {name || <span class="visually-hidden">Name</span>}
                  {unit && ` (${unit})`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {view.rows.map((row, r) => (
              <tr key={r}>
                {row.map((cell, c) => (
                  <td key={c} class={numeric[c] ? "number" : ""}>
                    {typeof cell === "number" ? formatNumber(cell, view.columns[c]!.digits) : (cell ?? "–")}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </figure>
  );
}
