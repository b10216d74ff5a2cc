import { sizeOf } from "../../../array/index.ts";
import { sampleAt } from "../../interpolation.ts";
import type { Tensor } from "../../tensor.ts";
import { type Call, floating, Known, type OperatorTable, places } from "../call.ts";
import { arrayFrom } from "../known.ts";
import { shown } from "../shapes.ts";

/** Numbers as a constant in the type of a tensor. */
function constant(like: Tensor, shape: readonly number[], values: readonly number[]): Tensor {
  return new Known(arrayFrom("float64", shape, values)).tensor.cast(like.dtype);
}

/**
 * Convolution whose taps are moved by offsets of their own: samples of every tap, bilinear and zero outside
 * the image, then one matrix product.
 */
function deformConv(call: Call): Tensor {
  const x = floating(call.x(0));
  const w = floating(call.x(1));
  const { attributes } = call;
  if (x.shape.length !== 4) call.fail(`images of shape ${shown(x.shape)}, expected [N, C, H, W]`);
  const [n, c] = x.shape as [number, number];
  const [k, perGroup, ...kernel] = w.shape as [number, number, number, number];
  const [stride, dilation] = ["strides", "dilations"].map((name) => attributes.ints(name) ?? [1, 1]) as [
    number[],
    number[],
  ];
  const pads = attributes.ints("pads") ?? [0, 0, 0, 0];
  const groups = attributes.int("group", 1);
  const fields = attributes.int("offset_group", 1);
  const taps = call.unrolled(sizeOf(kernel), "places of a window");
  const offset = floating(call.x(2)).cast(x.dtype);
  const out = offset.shape.slice(2);
  const count = sizeOf(out);
  if (offset.shape[1] !== fields * taps * 2 || perGroup * groups !== c)
    call.fail(
      `offsets ${shown(offset.shape)} and weights ${shown(w.shape)} do not fit images ${shown(x.shape)}`,
    );
  const moved = offset.reshape([n, fields, taps, 2, count]);
  const weights = call.has(4)
    ? floating(call.x(4))
        .cast(x.dtype)
        .reshape([n, fields, 1, taps * count])
    : undefined;
  // Where the taps are without offsets, on each of the two axes: [taps, places].
  const still = [0, 1].map((axis) => {
    const tap = Array.from({ length: taps }, (_, i) =>
      axis === 0 ? Math.floor(i / kernel[1]!) : i % kernel[1]!,
    );
    const place = places(count).cast(x.dtype);
    const along = axis === 0 ? place.div(out[1]!).floor() : place.remainder(out[1]!);
    const starts = constant(
      x,
      [taps, 1],
      tap.map((i) => i * dilation[axis]! - pads[axis]!),
    );
    return starts.add(along.mul(stride[axis]!));
  });
  const parts = Array.from({ length: fields }, (_, field) => {
    const own = moved.sliceAxis(1, field, field + 1).reshape([n, taps, 2, count]);
    const [rows, cols] = [0, 1].map((axis) =>
      own
        .sliceAxis(2, axis, axis + 1)
        .reshape([n, taps, count])
        .add(still[axis]!)
        .reshape([n, taps * count]),
    );
    const share = c / fields;
    const samples = sampleAt(x.sliceAxis(1, field * share, (field + 1) * share), rows!, cols!);
    const mask = weights?.sliceAxis(1, field, field + 1).reshape([n, 1, taps * count]);
    return mask === undefined ? samples : samples.mul(mask);
  });
  const columns = parts[0]!.concat(parts.slice(1), 1).reshape([n, groups, perGroup * taps, count]);
  const y = w
    .reshape([groups, k / groups, perGroup * taps])
    .matmul(columns)
    .reshape([n, k, ...out]);
  return (call.has(3) ? y.add(floating(call.x(3)).reshape([k, 1, 1])) : y).cast(call.x(0).dtype);
}

/** Mean of a grid of samples in every cell of every region [x1, y1, x2, y2]. */
function roiAlign(call: Call): Tensor {
  const { attributes } = call;
  const x = floating(call.x(0));
  const rois = floating(call.x(1)).cast(x.dtype);
  // The standard's maximum is over weighted corners, not over samples.
  if (attributes.text("mode", "avg") !== "avg")
    call.fail(`mode ${attributes.text("mode", "avg")} is not supported`);
  const ratio = attributes.int("sampling_ratio", 0);
  if (ratio < 1)
    call.fail("sampling_ratio 0, which makes the number of samples depend on values, is not supported");
  const size = [attributes.int("output_height", 1), attributes.int("output_width", 1)];
  const half =
    attributes.text(
      "coordinate_transformation_mode",
      call.version < 16 ? "output_half_pixel" : "half_pixel",
    ) === "half_pixel";
  const scale = attributes.float("spatial_scale", 1);
  const regions = rois.shape[0]!;
  const corner = (i: number) => {
    const scaled = rois.sliceAxis(1, i, i + 1).mul(scale);
    return half ? scaled.sub(0.5) : scaled;
  };
  const images = x.gather(call.x(2).cast("int64"), 0);
  // Sample places on one axis: [regions, cells * ratio].
  const line = (axis: number) => {
    const [low, high] = [corner(1 - axis), corner(3 - axis)];
    const extent = half ? high.sub(low) : high.sub(low).maximum(1);
    const samples = call.unrolled(size[axis]! * ratio, "samples");
    const at = Array.from({ length: samples }, (_, i) => (i + 0.5) / samples);
    return low.add(extent.mul(constant(x, [1, samples], at)));
  };
  const [rows, cols] = [line(0), line(1)];
  const grid = [regions, size[0]! * ratio, size[1]! * ratio];
  const spread = (t: Tensor, axis: number) =>
    t
      .expandDims(axis === 0 ? 2 : 1)
      .broadcastTo(grid)
      .reshape([regions, grid[1]! * grid[2]!]);
  const [r, q] = [spread(rows, 0), spread(cols, 1)];
  const [height, width] = x.shape.slice(2) as [number, number];
  // More than a pixel outside counts as zero; within that the border pixel.
  const inside = r.greaterEqual(-1).and(r.lessEqual(height)).and(q.greaterEqual(-1)).and(q.lessEqual(width));
  const values = sampleAt(images, r, q, { outside: "border" });
  const cells = inside
    .expandDims(1)
    .where(values, 0)
    .reshape([regions, x.shape[1]!, size[0]!, ratio, size[1]!, ratio]);
  return cells.mean([3, 5]).cast(call.x(0).dtype);
}

export const regions: OperatorTable = { DeformConv: deformConv, RoiAlign: roiAlign };
