import type { Tensor } from "../../tensor.ts";
import { type Call, floating, type OperatorTable } from "../call.ts";
import { shown } from "../shapes.ts";

type Activation = (x: Tensor) => Tensor;

/** Activations by their names in ONNX; `alpha` and `beta` are their parameters. */
const activations: Readonly<
  Record<string, (alpha: number | undefined, beta: number | undefined) => Activation>
> = {
  relu: () => (x) => x.relu(),
  tanh: () => (x) => x.tanh(),
  sigmoid: () => (x) => x.sigmoid(),
  affine:
    (alpha = 1, beta = 0) =>
    (x) =>
      x.mul(alpha).add(beta),
  leakyrelu:
    (alpha = 0.01) =>
    (x) =>
      x.greater(0).where(x, x.mul(alpha)),
  thresholdedrelu:
    (alpha = 1) =>
    (x) =>
      x.greater(alpha).where(x, 0),
  scaledtanh:
    (alpha = 1, beta = 1) =>
    (x) =>
      x.mul(beta).tanh().mul(alpha),
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      x.mul(alpha).add(beta).clamp(0, 1),
  elu:
    (alpha = 1) =>
    (x) =>
      x.greater(0).where(x, x.minimum(0).expm1().mul(alpha)),
  softsign: () => (x) => x.div(x.abs().add(1)),
  softplus: () => (x) => x.softplus(),
};

interface Layer {
  /** State before and after one step: [batch, hidden] each. */
  readonly step: (x: Tensor, state: readonly Tensor[]) => readonly Tensor[];
}

interface Kind {
  readonly gates: number;
  readonly states: 1 | 2;
  /** Default activations of one direction. */
  readonly activations: readonly string[];
  readonly layer: (parts: Parts) => Layer;
}

interface Parts {
  readonly call: Call;
  readonly hidden: number;
  /** Input and recurrent weights, transposed: [inputs, gates * hidden] and [hidden, gates * hidden]. */
  readonly w: Tensor;
  readonly r: Tensor;
  readonly wBias: Tensor | undefined;
  readonly rBias: Tensor | undefined;
  readonly peepholes: Tensor | undefined;
  readonly f: readonly Activation[];
  readonly clip: (x: Tensor) => Tensor;
}

const plus = (x: Tensor, bias: Tensor | undefined): Tensor => (bias === undefined ? x : x.add(bias));

function gate(x: Tensor, index: number, hidden: number): Tensor {
  return x.sliceAxis(-1, index * hidden, (index + 1) * hidden);
}

const kinds: Readonly<Record<"RNN" | "GRU" | "LSTM", Kind>> = {
  RNN: {
    gates: 1,
    states: 1,
    activations: ["Tanh"],
    layer: ({ w, r, wBias, rBias, f, clip }) => ({
      step: (x, [h]) => [f[0]!(clip(plus(plus(x.matmul(w).add(h!.matmul(r)), wBias), rBias)))],
    }),
  },
  // Gates in the order update, reset, candidate.
  GRU: {
    gates: 3,
    states: 1,
    activations: ["Sigmoid", "Tanh"],
    layer: ({ call, hidden, w, r, wBias, rBias, f, clip }) => {
      const later = call.attributes.int("linear_before_reset", 0) !== 0;
      return {
        step: (x, [h]) => {
          const own = plus(x.matmul(w), wBias);
          const both = r.sliceAxis(1, 0, 2 * hidden);
          const gates = own
            .sliceAxis(-1, 0, 2 * hidden)
            .add(plus(h!.matmul(both), rBias?.sliceAxis(-1, 0, 2 * hidden)));
          const z = f[0]!(clip(gate(gates, 0, hidden)));
          const reset = f[0]!(clip(gate(gates, 1, hidden)));
          const rest = gate(r, 2, hidden);
          const bias = rBias && gate(rBias, 2, hidden);
          const past = later
            ? reset.mul(plus(h!.matmul(rest), bias))
            : plus(reset.mul(h!).matmul(rest), bias);
          const candidate = f[1]!(clip(gate(own, 2, hidden).add(past)));
          return [candidate.add(z.mul(h!.sub(candidate)))];
        },
      };
    },
  },
  // Gates in the order input, output, forget, cell.
  LSTM: {
    gates: 4,
    states: 2,
    activations: ["Sigmoid", "Tanh", "Tanh"],
    layer: ({ call, hidden, w, r, wBias, rBias, peepholes, f, clip }) => {
      const coupled = call.attributes.int("input_forget", 0) !== 0;
      return {
        step: (x, [h, c]) => {
          const all = plus(plus(x.matmul(w).add(h!.matmul(r)), wBias), rBias);
          const peep = (place: number, cell: Tensor) =>
            peepholes === undefined ? undefined : cell.mul(gate(peepholes, place, hidden));
          const i = f[0]!(clip(plus(gate(all, 0, hidden), peep(0, c!))));
          const forget = coupled ? i.neg().add(1) : f[0]!(clip(plus(gate(all, 2, hidden), peep(2, c!))));
          const cell = forget.mul(c!).add(i.mul(f[1]!(clip(gate(all, 3, hidden)))));
          const o = f[0]!(clip(plus(gate(all, 1, hidden), peep(1, cell))));
          return [o.mul(f[2]!(cell)), cell];
        },
      };
    },
  },
};

function activationsOf(call: Call, kind: Kind, direction: number): Activation[] {
  const names = call.attributes.texts("activations") ?? [];
  const per = kind.activations.length;
  const chosen = names.length > 0 ? names.slice(direction * per, (direction + 1) * per) : kind.activations;
  const alphas = call.attributes.floats("activation_alpha") ?? [];
  const betas = call.attributes.floats("activation_beta") ?? [];
  return chosen.map((name, i) => {
    const make = activations[name.toLowerCase()] ?? call.fail(`unknown activation ${name}`);
    return make(alphas[direction * per + i], betas[direction * per + i]);
  });
}

/** Runs a recurrent layer step by step: X [time, batch, inputs], or [batch, time, inputs] in layout 1. */
function recurrent(kind: Kind): (call: Call) => readonly Tensor[] {
  return (call) => {
    const { attributes } = call;
    const dtype = call.x(0).dtype;
    const batchFirst = attributes.int("layout", 0) !== 0;
    const input = floating(call.x(0));
    const x = batchFirst ? input.swapAxes(0, 1) : input;
    const [time, batch] = x.shape as [number, number];
    call.unrolled(time, "steps");
    const [w, r] = [floating(call.x(1)), floating(call.x(2))];
    const hidden = r.shape[2]!;
    const directions = w.shape[0]!;
    if (x.shape.length !== 3 || w.shape.length !== 3 || directions < 1 || directions > 2)
      call.fail(
        `inputs ${shown(x.shape)} and weights ${shown(w.shape)}, expected three axes each and 1 or 2 directions`,
      );
    const way = attributes.text("direction", "forward");
    const lengths = call.optional(4)?.cast("int64");
    const limit = attributes.optionalFloat("clip");
    const clip = (t: Tensor) => (limit === undefined ? t : t.clamp(-limit, limit));
    const parameter = (index: number) => (call.has(index) ? floating(call.x(index)) : undefined);
    const bias = parameter(3);
    const row = (t: Tensor, direction: number) =>
      t.sliceAxis(0, direction, direction + 1).reshape(t.shape.slice(1));
    const initial = (index: number, direction: number) => {
      const given = parameter(index);
      if (given === undefined) return x.full([batch, hidden], 0);
      return row(batchFirst ? given.swapAxes(0, 1) : given, direction);
    };
    const width = kind.gates * hidden;
    const outputs: Tensor[] = [];
    const finals: Tensor[][] = [];
    for (let direction = 0; direction < directions; direction++) {
      const backwards = way === "reverse" || direction === 1;
      const biases = bias && row(bias, direction);
      const { step } = kind.layer({
        call,
        hidden,
        w: row(w, direction).transpose(),
        r: row(r, direction).transpose(),
        wBias: biases?.sliceAxis(0, 0, width),
        rBias: biases?.sliceAxis(0, width, 2 * width),
        peepholes: call.has(7) ? row(floating(call.x(7)), direction) : undefined,
        f: activationsOf(call, kind, direction),
        clip,
      });
      let state: readonly Tensor[] = Array.from({ length: kind.states }, (_, i) => initial(5 + i, direction));
      const steps: Tensor[] = [];
      for (let t = 0; t < time; t++) {
        const at = backwards ? time - 1 - t : t;
        const next = step(x.sliceAxis(0, at, at + 1).reshape(x.shape.slice(1)), state);
        // Past a sequence's end the state stands still and the output is zero.
        const active = lengths?.greater(at).reshape([batch, 1]);
        const before = state;
        state = active ? next.map((value, i) => active.where(value, before[i]!)) : next;
        steps[at] = active ? active.where(state[0]!, state[0]!.zerosLike()) : state[0]!;
      }
      const [first, ...others] = steps.map((value) => value.expandDims(0));
      outputs.push((first ?? call.fail("no steps")).concat(others, 0).expandDims(1));
      finals.push([...state]);
    }
    const y = outputs[0]!.concat(outputs.slice(1), 1);
    const last = (i: number) => {
      const [first, ...others] = finals.map((state) => state[i]!.expandDims(0));
      const joined = first!.concat(others, 0);
      return (batchFirst ? joined.swapAxes(0, 1) : joined).cast(dtype);
    };
    return [
      (batchFirst ? y.transpose([2, 0, 1, 3]) : y).cast(dtype),
      ...Array.from({ length: kind.states }, (_, i) => last(i)),
    ];
  };
}

export const recurrents: OperatorTable = {
  RNN: recurrent(kinds.RNN),
  GRU: recurrent(kinds.GRU),
  LSTM: recurrent(kinds.LSTM),
};
