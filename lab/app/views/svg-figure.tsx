import type { Role } from "ockham/demo";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { saveFile } from "../save-file.ts";
import { standaloneSvg } from "./standalone-svg.ts";

export interface LegendEntry {
  readonly name: string;
  readonly role: Role;
  readonly mark: "line" | "points" | "segments";
}

/** A figure with its title, its legend and a button that saves the picture. */
export function SvgFigure(props: {
  title: string;
  file: string;
  class?: string;
  legend?: readonly LegendEntry[];
  children: ComponentChildren;
}) {
  const figure = useRef<HTMLElement>(null);
  const legend = props.legend ?? [];
  const save = (): void => {
    const svg = figure.current?.querySelector<SVGSVGElement>("svg.plot-svg");
    if (svg) saveFile(`${props.file}.svg`, "image/svg+xml", standaloneSvg(svg, props.title, legend));
  };
  return (
    <figure ref={figure} class={`view ${props.class ?? ""}`}>
      <figcaption>
        <span>{props.title}</span>
        <button type="button" class="quiet" onClick={save} aria-label={`Save “${props.title}” as SVG`}>
          SVG
        </button>
      </figcaption>
      <div class="picture">
        {legend.length > 1 && (
          <ul class="legend">
            {legend.map(({ name, role, mark }) => (
              <li key={name} class={`role-${role} mark-${mark}`}>
                {name}
              </li>
            ))}
          </ul>
        )}
        {props.children}
      </div>
    </figure>
  );
}
