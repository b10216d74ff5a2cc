import { type Figure, requireFigure } from "./figure.ts";
import { type Picture, pictureToSvg } from "./picture.ts";

const titleHeight = 32;

/**
 * The figure or picture as a self-contained SVG file, with its title. For a figure, Plot and a document to draw in are loaded on
 * first use (about 150 ms).
 */
export async function figureToSvg(figure: Figure | Picture): Promise<string> {
  if ("rows" in figure) return pictureToSvg(figure);
  requireFigure("figure", figure);
  const [{ parseHTML }, { plotFigure }] = await Promise.all([import("linkedom"), import("./plot-figure.ts")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = plotFigure(figure, document as unknown as Document);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  // The title has a strip of its own above the plot.
  const [, , width, height] = svg.getAttribute("viewBox")!.split(" ").map(Number);
  svg.setAttribute("viewBox", `0 ${-titleHeight} ${width} ${height! + titleHeight}`);
  svg.setAttribute("height", String(height! + titleHeight));
  const title = document.createElementNS("http://www.w3.org/2000/svg", "text");
  const attributes = { x: "12", y: "-10", "text-anchor": "start", "font-size": "14", "font-weight": "bold" };
  for (const [name, value] of Object.entries(attributes)) title.setAttribute(name, value);
  title.textContent = figure.title;
  svg.append(title as unknown as Node);
  return `${svg.outerHTML}\n`;
}
