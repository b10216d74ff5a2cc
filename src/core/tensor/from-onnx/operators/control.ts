import { Tensor } from "../../tensor.ts";
import { sameShape } from "../../type.ts";
import { type Call, Known, type OperatorTable, type Value } from "../call.ts";
import { arrayFrom, numbersOf } from "../known.ts";

function tensorOf(value: Value, call: Call): Tensor {
  if (value instanceof Tensor) return value;
  return value instanceof Known ? value.tensor : call.fail("expected a tensor, got a sequence");
}

/** The branch taken where the condition is known; otherwise both, and of each result the one that holds. */
function branch(call: Call): readonly Value[] {
  const condition = call.value(0);
  if (condition instanceof Known) {
    const taken = numbersOf(condition.array)[0] !== 0;
    return call.surroundings.subgraph(call.attributes.graph(taken ? "then_branch" : "else_branch"), []);
  }
  const yes = call.surroundings.subgraph(call.attributes.graph("then_branch"), []);
  const no = call.surroundings.subgraph(call.attributes.graph("else_branch"), []);
  const mask = call.x(0).reshape([]);
  return yes.map((value, i) => {
    const [a, b] = [tensorOf(value, call), tensorOf(no[i]!, call)];
    if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape))
      call.fail(
        "its condition is not known while tracing, and its branches give different shapes; where the condition comes from an input of the model, pass that in options.constants",
      );
    return mask.where(a, b);
  });
}

function loop(call: Call): readonly Value[] {
  const body = call.attributes.graph("body");
  const trips = call.has(0) ? call.number(0) : Number.POSITIVE_INFINITY;
  const carriedCount = call.inputs.length - 2;
  let carried = call.inputs.slice(2).map((_, i) => call.value(i + 2));
  let going: Value = call.has(1) ? call.value(1) : new Known(arrayFrom("bool", [], [1]));
  const scanned: Value[][] = [];
  for (let trip = 0; trip < trips; trip++) {
    if (!(going instanceof Known))
      call.fail("its condition depends on values that are not known while tracing");
    if (numbersOf(going.array)[0] === 0) break;
    call.unrolled(trip + 1, "rounds");
    const results = call.surroundings.subgraph(body, [
      new Known(arrayFrom("int64", [], [trip])),
      going,
      ...carried,
    ]);
    going = results[0] ?? call.fail("its body gives no condition");
    carried = results.slice(1, 1 + carriedCount);
    for (const [i, value] of results.slice(1 + carriedCount).entries()) {
      scanned[i] ??= [];
      scanned[i].push(value);
    }
  }
  if (scanned.length === 0 && call.outputs.length > carriedCount)
    call.fail("no rounds, so the shapes of its collected results are unknown");
  return [...carried, ...scanned.map((values) => stacked(values, 0, call))];
}

function stacked(values: readonly Value[], axis: number, call: Call): Tensor {
  const tensors = values.map((value) => tensorOf(value, call));
  const place = axis < 0 ? axis + tensors[0]!.shape.length + 1 : axis;
  const [first, ...rest] = tensors.map((tensor) => tensor.expandDims(place));
  return first!.concat(rest, place);
}

function scan(call: Call): readonly Value[] {
  if (call.version < 9) call.fail("the batched form of operator set 8 is not supported");
  const body = call.attributes.graph("body");
  const scanCount = call.attributes.int("num_scan_inputs", 0);
  const stateCount = call.inputs.length - scanCount;
  const outputCount = body.output.length - stateCount;
  const list = (name: string, length: number) =>
    call.attributes.ints(name) ?? Array.from({ length }, () => 0);
  const inputAxes = list("scan_input_axes", scanCount);
  const inputDirections = list("scan_input_directions", scanCount);
  const outputAxes = list("scan_output_axes", outputCount);
  const outputDirections = list("scan_output_directions", outputCount);
  const sequences = inputAxes.map((axis, i) => {
    const x = call.x(stateCount + i);
    return { x, axis: axis < 0 ? axis + x.shape.length : axis };
  });
  const steps = sequences[0]?.x.shape[sequences[0].axis] ?? call.fail("no sequences");
  call.unrolled(steps, "steps");
  let state = call.inputs.slice(0, stateCount).map((_, i) => call.value(i));
  const scanned: Value[][] = Array.from({ length: outputCount }, () => []);
  for (let step = 0; step < steps; step++) {
    const parts = sequences.map(({ x, axis }, i) => {
      const at = inputDirections[i] === 1 ? steps - 1 - step : step;
      return x.sliceAxis(axis, at, at + 1).reshape(x.shape.filter((_, own) => own !== axis));
    });
    const results = call.surroundings.subgraph(body, [...state, ...parts]);
    state = results.slice(0, stateCount);
    for (const [i, values] of scanned.entries()) {
      const value = results[stateCount + i]!;
      if (outputDirections[i] === 1) values.unshift(value);
      else values.push(value);
    }
  }
  return [...state, ...scanned.map((values, i) => stacked(values, outputAxes[i]!, call))];
}

/** A whole number that picks a place in a sequence; absent: behind the last. */
function placeIn(call: Call, index: number, length: number, fallback: number): number {
  const given = call.optionalNumber(index) ?? fallback;
  const place = given < 0 ? given + length : given;
  if (!(place >= 0 && place <= length)) call.fail(`place ${given} in a sequence of ${length}`);
  return place;
}

function splitToSequence(call: Call): readonly Value[] {
  const x = call.x(0);
  const axis = call.axis(x.shape.length, 0);
  const extent = x.shape[axis]!;
  const given = call.optionalInts(1);
  const drop = given === undefined && call.attributes.int("keepdims", 1) === 0;
  const scalar = given !== undefined && call.known(1).shape.length === 0;
  const size = scalar ? given[0]! : 1;
  if (size < 1) call.fail(`parts of ${size}`);
  const sizes =
    given !== undefined && !scalar
      ? given
      : Array.from({ length: call.unrolled(Math.ceil(extent / size), "parts") }, (_, i) =>
          Math.min(size, extent - i * size),
        );
  let start = 0;
  return sizes.map((part) => {
    const from = start;
    start += part;
    const piece = x.sliceAxis(axis, from, start);
    return drop ? piece.reshape(x.shape.filter((_, own) => own !== axis)) : piece;
  });
}

function concatFromSequence(call: Call): Tensor {
  const tensors = call.sequence(0).map((value) => tensorOf(value, call));
  if (tensors.length === 0) call.fail("an empty sequence");
  const stack = call.attributes.int("new_axis", 0) !== 0;
  const rank = tensors[0]!.shape.length + (stack ? 1 : 0);
  const axis = call.axis(rank, 0);
  if (stack) return stacked(tensors, axis, call);
  return tensors[0]!.concat(tensors.slice(1), axis);
}

function sequenceMap(call: Call): Value[][] {
  const body = call.attributes.graph("body");
  const length = call.sequence(0).length;
  const rounds = Array.from({ length }, (_, place) =>
    call.surroundings.subgraph(
      body,
      call.inputs.map((_input, i) => {
        const value = call.value(i);
        return value instanceof Tensor || value instanceof Known ? value : value[place]!;
      }),
    ),
  );
  return body.output.map((_, i) => rounds.map((results) => results[i]!));
}

/** A sequence as the one result of an operator (a bare list would count as several results). */
const single = (sequence: readonly Value[]): readonly Value[] => [sequence];

export const control: OperatorTable = {
  If: branch,
  Loop: { run: loop, fixed: [0, 1] },
  Scan: scan,
  SequenceEmpty: () => single([]),
  SequenceConstruct: (call) => single(call.inputs.map((_, i) => call.value(i))),
  SequenceLength: (call) => new Known(arrayFrom("int64", [], [call.sequence(0).length])),
  SequenceAt: {
    run: (call) => {
      const sequence = call.sequence(0);
      return sequence[placeIn(call, 1, sequence.length, 0)] ?? call.fail("a place behind the sequence's end");
    },
    fixed: [1],
  },
  SequenceInsert: {
    run: (call) => {
      const sequence = call.sequence(0);
      return single(sequence.toSpliced(placeIn(call, 2, sequence.length, sequence.length), 0, call.value(1)));
    },
    fixed: [2],
  },
  SequenceErase: {
    run: (call) => {
      const sequence = call.sequence(0);
      return single(sequence.toSpliced(placeIn(call, 1, sequence.length, sequence.length - 1), 1));
    },
    fixed: [1],
  },
  SplitToSequence: { run: (call) => single(splitToSequence(call)), fixed: [1] },
  ConcatFromSequence: concatFromSequence,
  SequenceMap: sequenceMap,
  Optional: (call) => (call.has(0) ? call.value(0) : call.fail("an empty optional value")),
  OptionalGetElement: (call) => call.value(0),
  OptionalHasElement: (call) => new Known(arrayFrom("bool", [], [Number(call.has(0))])),
};
