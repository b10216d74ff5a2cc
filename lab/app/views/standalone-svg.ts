import type { LegendEntry } from "./svg-figure.tsx";

const namespace = "http://www.w3.org/2000/svg";
const painted = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "text-anchor"];

/** The picture as a file of its own: colours and fonts written out, title and legend inside. */
export function standaloneSvg(svg: SVGSVGElement, title: string, legend: readonly LegendEntry[]): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [...svg.querySelectorAll<SVGElement>("*")];
  for (const [i, element] of [...copy.querySelectorAll<SVGElement>("*")].entries()) {
    const computed = getComputedStyle(originals[i]!);
    for (const name of painted) {
      const value = computed.getPropertyValue(name);
      if (value !== "") element.setAttribute(name, value);
    }
    element.removeAttribute("class");
  }
  const [, , width, height] = (svg.getAttribute("viewBox") ?? "0 0 480 300").split(/[\s,]+/).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const style = getComputedStyle(svg);
  const head = legend.length > 1 ? 48 : 28;
  const frame = document.createElementNS(namespace, "svg");
  set(frame, { xmlns: namespace, viewBox: `0 0 ${width} ${height + head}`, width, height: height + head });
  set(frame, { "font-family": "sans-serif", "font-size": 12, fill: style.color });
  const paper = append(frame, "rect", { width: "100%", height: "100%" });
  paper.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  append(frame, "title", {}).textContent = title;
  const heading = append(frame, "text", { x: 12, y: 20, "font-weight": 600, "font-size": 14 });
  heading.textContent = title;
  let x = 12;
  if (legend.length > 1)
    for (const { name, role } of legend) {
      append(frame, "rect", { x, y: 31, width: 12, height: 4, fill: resolved(svg, `var(--role-${role})`) });
      append(frame, "text", { x: x + 18, y: 38 }).textContent = name;
      x += 34 + 6.6 * name.length;
    }
  set(copy, { y: head, width, height });
  frame.append(copy);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(frame)}\n`;
}

/** What a colour of the style sheet comes to in the present theme. */
function resolved(beside: SVGSVGElement, colour: string): string {
  const probe = document.createElementNS(namespace, "g");
  probe.setAttribute("fill", colour);
  beside.append(probe);
  const value = getComputedStyle(probe).fill;
  probe.remove();
  return value;
}

function append(parent: Element, name: string, attributes: Record<string, string | number>): Element {
  const element = document.createElementNS(namespace, name);
  set(element, attributes);
  parent.append(element);
  return element;
}

function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
