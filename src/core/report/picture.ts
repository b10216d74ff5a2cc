import { type NdArray, requireArray } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { formatPng } from "../io/index.ts";

/** Rows of images of one size, such as the samples of several methods: a figure that no chart can stand for. */
export interface Picture {
  /** Kebab-case, unique within its report; names the file. */
  readonly id: string;
  readonly title: string;
  readonly rows: readonly PictureRow[];
}

export interface PictureRow {
  /** Written before the row. */
  readonly name: string;
  /** Images [n, height, width] or [n, height, width, channels]. */
  readonly images: NdArray<"uint8">;
}

/** Refuses a picture without images, or with images of several sizes; names the row at fault. */
export function requirePicture(argument: string, picture: Picture): Picture {
  const [first] = picture.rows;
  if (first === undefined) throw new InvalidInputError(`${argument}.rows`, "expected at least one");
  const size = first.images.shape.slice(1).join(", ");
  for (const [i, { images }] of picture.rows.entries()) {
    const name = `${argument}.rows[${i}].images`;
    const { shape } = requireArray(name, images, { dtype: "uint8" });
    if ((shape.length !== 3 && shape.length !== 4) || shape.includes(0) || shape.slice(1).join(", ") !== size)
      throw new InvalidInputError(
        name,
        `expected images [n, ${size || "height, width"}], got shape [${shape.join(", ")}]`,
      );
  }
  return picture;
}

const gap = 2;
/** Least height of an image on the page. */
const leastHeight = 48;
const margin = 12;
const titleHeight = 32;

/** The picture as a self-contained SVG file with its title: a row is one PNG within it. */
export function pictureToSvg(picture: Picture): string {
  const { title, rows } = requirePicture("picture", picture);
  const scale = Math.max(1, Math.ceil(leastHeight / rows[0]!.images.shape[1]!));
  const left = 2 * margin + 7 * Math.max(...rows.map(({ name }) => name.length));
  let y = titleHeight + margin;
  let right = 0;
  const parts: string[] = [];
  for (const { name, images } of rows) {
    const strip = sideBySide(images);
    const [height, width] = [strip.shape[0]! * scale, strip.shape[1]! * scale];
    let bytes = "";
    for (const byte of formatPng(strip)) bytes += String.fromCharCode(byte);
    parts.push(
      `<text x="${margin}" y="${y + height / 2 + 4}">${escaped(name)}</text>`,
      `<image x="${left}" y="${y}" width="${width}" height="${height}" style="image-rendering:pixelated" href="data:image/png;base64,${btoa(bytes)}"/>`,
    );
    y += height + 2 * gap;
    right = Math.max(right, left + width);
  }
  const [width, height] = [right + margin, y + margin];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${margin}" y="22" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...parts,
    "</svg>",
  ].join("\n")}\n`;
}

/** Images [n, h, w] or [n, h, w, c] as one image, in a row on white. */
function sideBySide({ shape, data }: NdArray<"uint8">): NdArray<"uint8"> {
  const [n, height, width, channels = 1] = shape as [number, number, number, number?];
  const stride = (n * (width + gap) - gap) * channels;
  const out = new Uint8Array(height * stride).fill(255);
  for (let i = 0; i < n; i++)
    for (let y = 0; y < height; y++) {
      const from = (i * height + y) * width * channels;
      out.set(data.subarray(from, from + width * channels), y * stride + i * (width + gap) * channels);
    }
  return { dtype: "uint8", shape: [height, stride / channels, channels], data: out };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
