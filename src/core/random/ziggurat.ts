import { erfc, exp, log } from "../special/index.ts";

/** Number of layers; the lowest holds the tail. */
export const layers = 256;
/** Right edge of the lowest rectangle: the one from which 256 layers of equal area end at height 1. */
export const tail = 3.6541528853610088;

/**
 * Tables of the ziggurat for the normal density f(x) = exp(-x^2 / 2): layer i reaches from -x_i to x_i.
 * `width[i]` = x_i / 2^53 turns 53 random bits into a point of layer i, `width[i + 256]` = -x_i / 2^53 into one of
 * its left half (a table, for a branch on the sign would be mispredicted every other time). The point lies below
 * the curve for certain when the bits are below `inner[i]` = 2^53 x_{i+1} / x_i; `height[i]` = f(x_i), with
 * f(x_256) = 1.
 * Marsaglia and Tsang, "The ziggurat method for generating random variables" (2000), with the position taken
 * from bits that do not choose the layer (Doornik 2005).
 */
export const { width, inner, height } = tables();

function tables(): { width: Float64Array; inner: Float64Array; height: Float64Array } {
  const density = (x: number): number => exp(-0.5 * x * x);
  // Area of every layer: the rectangle of the lowest one and the tail beside it.
  const area = tail * density(tail) + Math.sqrt(Math.PI / 2) * erfc(tail * Math.SQRT1_2);
  const edges = new Float64Array(layers + 1);
  edges[0] = area / density(tail);
  edges[1] = tail;
  for (let i = 1; i < layers - 1; i++)
    edges[i + 1] = Math.sqrt(-2 * log(area / edges[i]! + density(edges[i]!)));
  const width = new Float64Array(2 * layers);
  const inner = new Float64Array(layers);
  const height = new Float64Array(layers + 1);
  for (let i = 0; i < layers; i++) {
    width[i] = edges[i]! / 9007199254740992;
    width[i + layers] = -width[i]!;
    inner[i] = (edges[i + 1]! / edges[i]!) * 9007199254740992;
    height[i] = density(edges[i]!);
  }
  height[layers] = 1;
  return { width, inner, height };
}
