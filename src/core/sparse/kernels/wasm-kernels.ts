import { assemble, type WasmFunction } from "../../wasm/index.ts";
import { type Code, f64, f64x2, i32, type Local, loopWhile, wasmFunction } from "./expressions.ts";

/**
 * What the module exports. Arguments named after arrays are byte addresses in the module's memory, lengths
 * are in elements. Every sum is taken in the same order as in `plain-kernels.ts`, so that both give the same
 * bits.
 */
export interface WasmExports {
  dot(length: number, x: number, y: number): number;
  axpy(length: number, factor: number, x: number, y: number): void;
  xpay(length: number, x: number, factor: number, y: number): void;
  scale(length: number, factor: number, x: number): void;
  stepAndDot(length: number, factor: number, p: number, q: number, x: number, r: number): number;
  fourDots(length: number, columns: number, stride: number, w: number, sums: number): void;
  addFour(length: number, columns: number, stride: number, factors: number, w: number): void;
  addFourToTwo(
    length: number,
    columns: number,
    stride: number,
    factors: number,
    w: number,
    otherW: number,
  ): void;
  csrMultiply(rows: number, indptr: number, indices: number, data: number, x: number, y: number): void;
  csrMultiplyTranspose(
    rows: number,
    indptr: number,
    indices: number,
    data: number,
    x: number,
    y: number,
  ): void;
}

/** `pointer += bytes`. */
const advance = (pointer: Local, bytes: number): Code =>
  pointer.set(i32.add(pointer.get, i32.constant(bytes)));

/** Address behind `length` elements of 8 bytes from `pointer`, with the length rounded down to `multiple`. */
const endOf = (pointer: Local, length: Local, multiple: number): Code =>
  i32.add(pointer.get, i32.shiftLeft(i32.and(length.get, i32.constant(-multiple)), 3));

/** Runs the unrolled body over whole groups of elements and the scalar body over the rest. */
function grouped(
  length: Local,
  group: number,
  pointers: readonly Local[],
  end: Local,
  last: Local,
  unrolled: readonly Code[],
  scalar: readonly Code[],
): Code {
  const lead = pointers[0]!;
  return [
    ...last.set(endOf(lead, length, 1)),
    ...end.set(endOf(lead, length, group)),
    ...loopWhile(i32.below(lead.get, end.get), [
      ...unrolled,
      ...pointers.map((pointer) => advance(pointer, 8 * group)),
    ]),
    ...loopWhile(i32.below(lead.get, last.get), [
      ...scalar,
      ...pointers.map((pointer) => advance(pointer, 8)),
    ]),
  ];
}

const accumulate = (sum: Local, a: Code, b: Code): Code => sum.set(f64x2.add(sum.get, f64x2.multiply(a, b)));
const accumulateScalar = (sum: Local, a: Code, b: Code): Code =>
  sum.set(f64.add(sum.get, f64.multiply(a, b)));
const bothLanes = (value: Local): Code => f64.add(f64x2.lane(value.get, 0), f64x2.lane(value.get, 1));

const dot = wasmFunction(
  "dot",
  { length: "i32", x: "i32", y: "i32" },
  { end: "i32", last: "i32", s0: "v128", s1: "v128", s2: "v128", s3: "v128", rest: "f64" },
  "f64",
  ({ length, x, y, end, last, s0, s1, s2, s3, rest }) => [
    grouped(
      length,
      8,
      [x, y],
      end,
      last,
      [s0, s1, s2, s3].map((sum, i) => accumulate(sum, f64x2.load(x.get, 16 * i), f64x2.load(y.get, 16 * i))),
      [accumulateScalar(rest, f64.load(x.get), f64.load(y.get))],
    ),
    s0.set(f64x2.add(f64x2.add(s0.get, s1.get), f64x2.add(s2.get, s3.get))),
    f64.add(bothLanes(s0), rest.get),
  ],
);

const axpy = wasmFunction(
  "axpy",
  { length: "i32", factor: "f64", x: "i32", y: "i32" },
  { end: "i32", last: "i32" },
  undefined,
  ({ length, factor, x, y, end, last }) => [
    grouped(
      length,
      4,
      [x, y],
      end,
      last,
      [0, 16].map((offset) =>
        f64x2.store(
          y.get,
          f64x2.add(
            f64x2.load(y.get, offset),
            f64x2.multiply(f64x2.splat(factor.get), f64x2.load(x.get, offset)),
          ),
          offset,
        ),
      ),
      [f64.store(y.get, f64.add(f64.load(y.get), f64.multiply(factor.get, f64.load(x.get))))],
    ),
  ],
);

const xpay = wasmFunction(
  "xpay",
  { length: "i32", x: "i32", factor: "f64", y: "i32" },
  { end: "i32", last: "i32" },
  undefined,
  ({ length, x, factor, y, end, last }) => [
    grouped(
      length,
      4,
      [x, y],
      end,
      last,
      [0, 16].map((offset) =>
        f64x2.store(
          y.get,
          f64x2.add(
            f64x2.load(x.get, offset),
            f64x2.multiply(f64x2.splat(factor.get), f64x2.load(y.get, offset)),
          ),
          offset,
        ),
      ),
      [f64.store(y.get, f64.add(f64.load(x.get), f64.multiply(factor.get, f64.load(y.get))))],
    ),
  ],
);

const scale = wasmFunction(
  "scale",
  { length: "i32", factor: "f64", x: "i32" },
  { end: "i32", last: "i32" },
  undefined,
  ({ length, factor, x, end, last }) => [
    grouped(
      length,
      4,
      [x],
      end,
      last,
      [0, 16].map((offset) =>
        f64x2.store(x.get, f64x2.multiply(f64x2.splat(factor.get), f64x2.load(x.get, offset)), offset),
      ),
      [f64.store(x.get, f64.multiply(factor.get, f64.load(x.get)))],
    ),
  ],
);

/** The two updates of a conjugate gradient step and the new residual's square norm, in one pass. */
const stepAndDot = wasmFunction(
  "stepAndDot",
  { length: "i32", factor: "f64", p: "i32", q: "i32", x: "i32", r: "i32" },
  { end: "i32", last: "i32", s0: "v128", s1: "v128", v: "v128", rest: "f64", t: "f64" },
  "f64",
  ({ length, factor, p, q, x, r, end, last, s0, s1, v, rest, t }) => [
    grouped(
      length,
      4,
      [p, q, x, r],
      end,
      last,
      [s0, s1].flatMap((sum, i) => {
        const offset = 16 * i;
        const scaled = (pointer: Local) =>
          f64x2.multiply(f64x2.splat(factor.get), f64x2.load(pointer.get, offset));
        return [
          f64x2.store(x.get, f64x2.add(f64x2.load(x.get, offset), scaled(p)), offset),
          v.set(f64x2.subtract(f64x2.load(r.get, offset), scaled(q))),
          f64x2.store(r.get, v.get, offset),
          accumulate(sum, v.get, v.get),
        ];
      }),
      [
        f64.store(x.get, f64.add(f64.load(x.get), f64.multiply(factor.get, f64.load(p.get)))),
        t.set(f64.subtract(f64.load(r.get), f64.multiply(factor.get, f64.load(q.get)))),
        f64.store(r.get, t.get),
        accumulateScalar(rest, t.get, t.get),
      ],
    ),
    s0.set(f64x2.add(s0.get, s1.get)),
    f64.add(bothLanes(s0), rest.get),
  ],
);

const fourColumns = (columns: Local, stride: Local, others: readonly Local[]): Code[] =>
  others.map((column, i) => column.set(i32.add(i === 0 ? columns.get : others[i - 1]!.get, stride.get)));

/** Products of four columns, `stride` bytes apart, with w: w is read once for all four. */
const fourDots = wasmFunction(
  "fourDots",
  { length: "i32", columns: "i32", stride: "i32", w: "i32", sums: "i32" },
  {
    ...{ end: "i32", last: "i32", c1: "i32", c2: "i32", c3: "i32", v: "v128" },
    ...{ a0: "v128", a1: "v128", a2: "v128", a3: "v128", b0: "v128", b1: "v128", b2: "v128", b3: "v128" },
    ...{ r0: "f64", r1: "f64", r2: "f64", r3: "f64", t: "f64" },
  } as const,
  undefined,
  (l) => {
    const columns = [l.columns, l.c1, l.c2, l.c3];
    const low = [l.a0, l.a1, l.a2, l.a3];
    const high = [l.b0, l.b1, l.b2, l.b3];
    const rest = [l.r0, l.r1, l.r2, l.r3];
    return [
      ...fourColumns(l.columns, l.stride, [l.c1, l.c2, l.c3]),
      grouped(
        l.length,
        4,
        [l.w, ...columns],
        l.end,
        l.last,
        [
          l.v.set(f64x2.load(l.w.get)),
          ...columns.map((column, i) => accumulate(low[i]!, f64x2.load(column.get), l.v.get)),
          l.v.set(f64x2.load(l.w.get, 16)),
          ...columns.map((column, i) => accumulate(high[i]!, f64x2.load(column.get, 16), l.v.get)),
        ],
        [
          l.t.set(f64.load(l.w.get)),
          ...columns.map((column, i) => accumulateScalar(rest[i]!, f64.load(column.get), l.t.get)),
        ],
      ),
      ...columns.flatMap((_, i) => [
        low[i]!.set(f64x2.add(low[i]!.get, high[i]!.get)),
        f64.store(l.sums.get, f64.add(bothLanes(low[i]!), rest[i]!.get), 8 * i),
      ]),
    ];
  },
);

/** Adds four columns, `stride` bytes apart, times their factors to w: w is read and written once. */
const addFour = wasmFunction(
  "addFour",
  { length: "i32", columns: "i32", stride: "i32", factors: "i32", w: "i32" },
  {
    ...{ end: "i32", last: "i32", c1: "i32", c2: "i32", c3: "i32" },
    ...{ f0: "v128", f1: "v128", f2: "v128", f3: "v128" },
  } as const,
  undefined,
  (l) => {
    const columns = [l.columns, l.c1, l.c2, l.c3];
    const factors = [l.f0, l.f1, l.f2, l.f3];
    const pair = (offset: number) => (i: number) =>
      f64x2.multiply(factors[i]!.get, f64x2.load(columns[i]!.get, offset));
    const single = (i: number) => f64.multiply(f64x2.lane(factors[i]!.get, 0), f64.load(columns[i]!.get));
    return [
      ...fourColumns(l.columns, l.stride, [l.c1, l.c2, l.c3]),
      ...factors.map((factor, i) => factor.set(f64x2.splat(f64.load(l.factors.get, 8 * i)))),
      grouped(
        l.length,
        4,
        [l.w, ...columns],
        l.end,
        l.last,
        [0, 16].map((offset) => {
          const term = pair(offset);
          return f64x2.store(
            l.w.get,
            f64x2.add(
              f64x2.load(l.w.get, offset),
              f64x2.add(f64x2.add(term(0), term(1)), f64x2.add(term(2), term(3))),
            ),
            offset,
          );
        }),
        [
          f64.store(
            l.w.get,
            f64.add(f64.load(l.w.get), f64.add(f64.add(single(0), single(1)), f64.add(single(2), single(3)))),
          ),
        ],
      ),
    ];
  },
);

/** As {@link addFour} for two targets with factors of their own, which read the columns once for both. */
const addFourToTwo = wasmFunction(
  "addFourToTwo",
  { length: "i32", columns: "i32", stride: "i32", factors: "i32", w: "i32", otherW: "i32" },
  {
    ...{ end: "i32", last: "i32", c1: "i32", c2: "i32", c3: "i32" },
    ...{ v0: "v128", v1: "v128", v2: "v128", v3: "v128", t0: "f64", t1: "f64", t2: "f64", t3: "f64" },
    ...{ f0: "v128", f1: "v128", f2: "v128", f3: "v128", g0: "v128", g1: "v128", g2: "v128", g3: "v128" },
  } as const,
  undefined,
  (l) => {
    const columns = [l.columns, l.c1, l.c2, l.c3];
    const pairs = [l.v0, l.v1, l.v2, l.v3];
    const singles = [l.t0, l.t1, l.t2, l.t3];
    const targets = [
      { w: l.w, factors: [l.f0, l.f1, l.f2, l.f3] },
      { w: l.otherW, factors: [l.g0, l.g1, l.g2, l.g3] },
    ];
    return [
      ...fourColumns(l.columns, l.stride, [l.c1, l.c2, l.c3]),
      ...targets.flatMap(({ factors }, target) =>
        factors.map((factor, i) => factor.set(f64x2.splat(f64.load(l.factors.get, 8 * (4 * target + i))))),
      ),
      grouped(
        l.length,
        2,
        [l.w, l.otherW, ...columns],
        l.end,
        l.last,
        [
          ...columns.map((column, i) => pairs[i]!.set(f64x2.load(column.get))),
          ...targets.map(({ w, factors }) => {
            const term = (i: number) => f64x2.multiply(factors[i]!.get, pairs[i]!.get);
            return f64x2.store(
              w.get,
              f64x2.add(
                f64x2.load(w.get),
                f64x2.add(f64x2.add(term(0), term(1)), f64x2.add(term(2), term(3))),
              ),
            );
          }),
        ],
        [
          ...columns.map((column, i) => singles[i]!.set(f64.load(column.get))),
          ...targets.map(({ w, factors }) => {
            const term = (i: number) => f64.multiply(f64x2.lane(factors[i]!.get, 0), singles[i]!.get);
            return f64.store(
              w.get,
              f64.add(f64.load(w.get), f64.add(f64.add(term(0), term(1)), f64.add(term(2), term(3)))),
            );
          }),
        ],
      ),
    ];
  },
);

const csrParameters = {
  rows: "i32",
  indptr: "i32",
  indices: "i32",
  data: "i32",
  x: "i32",
  y: "i32",
} as const;

/** Runs `entry` over the entries of every row and `before` / `after` around it. */
function overRows(
  l: Readonly<Record<"rows" | "indptr" | "indices" | "data" | "lastRow" | "base" | "rowEnd", Local>>,
  before: Code,
  entry: Code,
  after: readonly Code[],
): Code[] {
  return [
    l.base.set(l.indices.get),
    l.lastRow.set(i32.add(l.indptr.get, i32.shiftLeft(l.rows.get, 2))),
    loopWhile(i32.below(l.indptr.get, l.lastRow.get), [
      advance(l.indptr, 4),
      l.rowEnd.set(i32.add(l.base.get, i32.shiftLeft(i32.load(l.indptr.get), 2))),
      before,
      loopWhile(i32.below(l.indices.get, l.rowEnd.get), [entry, advance(l.indices, 4), advance(l.data, 8)]),
      ...after,
    ]),
  ];
}

const element = (vector: Local, indices: Local): Code =>
  i32.add(vector.get, i32.shiftLeft(i32.load(indices.get), 3));

const csrMultiply = wasmFunction(
  "csrMultiply",
  csrParameters,
  { lastRow: "i32", base: "i32", rowEnd: "i32", sum: "f64" },
  undefined,
  (l) =>
    overRows(
      l,
      l.sum.set(f64.zero),
      l.sum.set(f64.add(l.sum.get, f64.multiply(f64.load(l.data.get), f64.load(element(l.x, l.indices))))),
      [f64.store(l.y.get, l.sum.get), advance(l.y, 8)],
    ),
);

/** `y += A^T x`: the caller clears y. */
const csrMultiplyTranspose = wasmFunction(
  "csrMultiplyTranspose",
  csrParameters,
  { lastRow: "i32", base: "i32", rowEnd: "i32", target: "i32", value: "f64" },
  undefined,
  (l) =>
    overRows(
      l,
      l.value.set(f64.load(l.x.get)),
      [
        ...l.target.set(element(l.y, l.indices)),
        ...f64.store(
          l.target.get,
          f64.add(f64.load(l.target.get), f64.multiply(f64.load(l.data.get), l.value.get)),
        ),
      ],
      [advance(l.x, 8)],
    ),
);

const functions: readonly WasmFunction[] = [
  dot,
  axpy,
  xpay,
  scale,
  stepAndDot,
  fourDots,
  addFour,
  addFourToTwo,
  csrMultiply,
  csrMultiplyTranspose,
];

let compiled: WebAssembly.Module | null | undefined;

/** Instance over the memory; undefined where WebAssembly with SIMD is missing or forbidden. */
export function wasmKernels(memory: WebAssembly.Memory): WasmExports | undefined {
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(assemble({ initial: 1, shared: false }, functions));
    } catch {
      compiled = null;
    }
  }
  if (compiled === null) return undefined;
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as WasmExports;
}
