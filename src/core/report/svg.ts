import { type Figure, requireFigure } from "./figure.ts";

/**
 * The figure as a self-contained SVG file, with its title. Plot and a document to draw in are loaded on
 * first use (about 150 ms).
 */
export async function figureToSvg(figure: Figure): Promise<string> {
  requireFigure("figure", figure);
  const [{ parseHTML }, { plotFigure }] = await Promise.all([import("linkedom"), import("./plot-figure.ts")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = plotFigure(figure, document as unknown as Document);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const title = document.createElementNS("http://www.w3.org/2000/svg", "text");
  const attributes = { x: "12", y: "20", "font-size": "14", "font-weight": "bold", fill: "black" };
  for (const [name, value] of Object.entries(attributes)) title.setAttribute(name, value);
  title.textContent = figure.title;
  svg.append(title as unknown as Node);
  return `${svg.outerHTML}\n`;
}
