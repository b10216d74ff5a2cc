import { assemble, op, type ValueType, type WasmFunction } from "../wasm/index.ts";

/** Complex numbers in each of the kernel's two buffers. */
export const simdCapacity = 32768;
/** Doubles for the twiddle factors of one plan. */
export const simdTwiddles = 16384;

/** Byte addresses in the kernel's memory: real parts, imaginary parts a fixed distance behind, twiddle factors. */
const imaginary = simdCapacity * 8;
const addresses = { x: 0, y: 2 * imaginary, twiddles: 4 * imaginary } as const;

/**
 * The passes of radix 2 to 5 in WebAssembly SIMD, two lanes at a time, on buffers in the kernel's memory. They do
 * the same operations in the same order as the plain ones, so that results are the same to the last bit.
 */
export interface SimdKernel {
  readonly xr: Float64Array;
  readonly xi: Float64Array;
  readonly yr: Float64Array;
  readonly yi: Float64Array;
  readonly twiddles: Float64Array;
  /**
   * Pass over an even number of lanes, from x to y or, `flipped`, from y to x; its twiddle factors begin at
   * `first` in `twiddles`. False when there is no such radix.
   */
  run(radix: number, length: number, lanes: number, flipped: boolean, first: number): boolean;
}

/** Undefined where WebAssembly or its SIMD is missing or forbidden. */
export function startSimdKernel(): SimdKernel | undefined {
  try {
    const pages = Math.ceil((addresses.twiddles + simdTwiddles * 8) / 65536);
    const module = new WebAssembly.Module(assemble(pages, [2, 3, 4, 5].map(passFunction)));
    const { exports } = new WebAssembly.Instance(module);
    const { buffer } = exports.memory as WebAssembly.Memory;
    const passes = [2, 3, 4, 5].map((radix) => exports[`pass${radix}`] as (...args: number[]) => void);
    return {
      xr: new Float64Array(buffer, addresses.x, simdCapacity),
      xi: new Float64Array(buffer, addresses.x + imaginary, simdCapacity),
      yr: new Float64Array(buffer, addresses.y, simdCapacity),
      yi: new Float64Array(buffer, addresses.y + imaginary, simdCapacity),
      twiddles: new Float64Array(buffer, addresses.twiddles, simdTwiddles),
      run(radix, length, lanes, flipped, first) {
        const pass = passes[radix - 2];
        if (pass === undefined) return false;
        const from = flipped ? addresses.y : addresses.x;
        const to = flipped ? addresses.x : addresses.y;
        pass(length / radix, lanes * 8, from, to, addresses.twiddles + 8 * first);
        return true;
      },
    };
  } catch {
    return undefined;
  }
}

/** Locals of a pass. The first five are its parameters; `at` runs along a row, `p` counts twiddle groups. */
const [groups, row, from, to, twiddles, at, p] = [0, 1, 2, 3, 4, 5, 6] as const;
const parameters: readonly ValueType[] = ["i32", "i32", "i32", "i32", "i32"];

/** A complex number in two locals. */
interface Pair {
  readonly re: number;
  readonly im: number;
}

/** Straight-line code with a new local for every value. */
class Block {
  readonly code: number[] = [];
  readonly locals: ValueType[] = ["i32", "i32"];

  local(type: ValueType): number {
    return parameters.length + this.locals.push(type) - 1;
  }

  value(code: readonly number[]): number {
    const local = this.local("v128");
    this.code.push(...code, ...op.set(local));
    return local;
  }

  add = (a: number, b: number): number => this.value([...op.get(a), ...op.get(b), ...op.f64x2.add]);
  subtract = (a: number, b: number): number => this.value([...op.get(a), ...op.get(b), ...op.f64x2.subtract]);
  times = (constant: number, a: number): number =>
    this.value([...op.f64.const(constant), ...op.f64x2.splat, ...op.get(a), ...op.f64x2.multiply]);

  plus = (a: Pair, b: Pair): Pair => ({ re: this.add(a.re, b.re), im: this.add(a.im, b.im) });
  minus = (a: Pair, b: Pair): Pair => ({ re: this.subtract(a.re, b.re), im: this.subtract(a.im, b.im) });
  scaled = (constant: number, a: Pair): Pair => ({
    re: this.times(constant, a.re),
    im: this.times(constant, a.im),
  });
  /** a - i b and a + i b. */
  minusI = (a: Pair, b: Pair): Pair => ({ re: this.add(a.re, b.im), im: this.subtract(a.im, b.re) });
  plusI = (a: Pair, b: Pair): Pair => ({ re: this.subtract(a.re, b.im), im: this.add(a.im, b.re) });
}

/** The transform of `radix` values, as in the plain passes. */
const butterflies: Readonly<Record<number, (b: Block, x: readonly Pair[]) => readonly Pair[]>> = {
  2: (b, [x0, x1]) => [b.plus(x0!, x1!), b.minus(x0!, x1!)],
  3: (b, [x0, x1, x2]) => {
    const s = b.plus(x1!, x2!);
    const d = b.scaled(0.8660254037844386, b.minus(x1!, x2!));
    const c = b.minus(x0!, b.scaled(0.5, s));
    return [b.plus(x0!, s), b.minusI(c, d), b.plusI(c, d)];
  },
  4: (b, [x0, x1, x2, x3]) => {
    const [s0, d0] = [b.plus(x0!, x2!), b.minus(x0!, x2!)];
    const [s1, d1] = [b.plus(x1!, x3!), b.minus(x1!, x3!)];
    return [b.plus(s0, s1), b.minusI(d0, d1), b.minus(s0, s1), b.plusI(d0, d1)];
  },
  5: (b, [x0, x1, x2, x3, x4]) => {
    const [cos72, cos144] = [0.30901699437494745, -0.8090169943749475];
    const [sin72, sin144] = [0.9510565162951535, 0.5877852522924731];
    const [s1, d1] = [b.plus(x1!, x4!), b.minus(x1!, x4!)];
    const [s2, d2] = [b.plus(x2!, x3!), b.minus(x2!, x3!)];
    const c1 = b.plus(b.plus(x0!, b.scaled(cos72, s1)), b.scaled(cos144, s2));
    const c2 = b.plus(b.plus(x0!, b.scaled(cos144, s1)), b.scaled(cos72, s2));
    const e1 = b.plus(b.scaled(sin72, d1), b.scaled(sin144, d2));
    const e2 = b.minus(b.scaled(sin144, d1), b.scaled(sin72, d2));
    return [
      b.plus(b.plus(x0!, s1), s2),
      b.minusI(c1, e1),
      b.minusI(c2, e2),
      b.plusI(c2, e2),
      b.plusI(c1, e1),
    ];
  },
};

/** pass<radix>(groups, bytes of a row, from, to, twiddles). */
function passFunction(radix: number): WasmFunction {
  const inner = new Block();
  const sources = Array.from({ length: radix }, () => inner.local("i32"));
  const targets = Array.from({ length: radix }, () => inner.local("i32"));
  const address = (base: number): number[] => [...op.get(base), ...op.get(at), ...op.i32.add];
  const x = sources.map((source) => ({
    re: inner.value([...address(source), ...op.v128.load()]),
    im: inner.value([...address(source), ...op.v128.load(imaginary)]),
  }));
  butterflies[radix]!(inner, x).forEach((y, k) => {
    const factor = (a: number, part: 0 | 8): number[] => [
      ...op.get(a),
      ...op.get(twiddles),
      ...op.v128.loadSplat64(16 * (k - 1) + part),
      ...op.f64x2.multiply,
    ];
    const re = k === 0 ? op.get(y.re) : [...factor(y.re, 0), ...factor(y.im, 8), ...op.f64x2.subtract];
    const im = k === 0 ? op.get(y.im) : [...factor(y.re, 8), ...factor(y.im, 0), ...op.f64x2.add];
    inner.code.push(...address(targets[k]!), ...re, ...op.v128.store());
    inner.code.push(...address(targets[k]!), ...im, ...op.v128.store(imaginary));
  });
  const step = [...op.get(groups), ...op.get(row), ...op.i32.multiply];
  const advance = (local: number, code: readonly number[]): number[] => [
    ...op.get(local),
    ...code,
    ...op.i32.add,
    ...op.set(local),
  ];
  const body = [
    // Source rows lie groups * row apart, target rows follow one another.
    ...[...op.get(from), ...op.set(sources[0]!), ...op.get(to), ...op.set(targets[0]!)],
    ...sources
      .slice(1)
      .flatMap((source, k) => [...op.get(sources[k]!), ...step, ...op.i32.add, ...op.set(source)]),
    ...targets
      .slice(1)
      .flatMap((target, k) => [...op.get(targets[k]!), ...op.get(row), ...op.i32.add, ...op.set(target)]),
    ...op.doWhile([
      ...[...op.i32.const(0), ...op.set(at)],
      ...op.doWhile([
        ...inner.code,
        ...[...op.get(at), ...op.i32.const(16), ...op.i32.add, ...op.tee(at)],
        ...[...op.get(row), ...op.i32.lessUnsigned],
      ]),
      ...sources.flatMap((source) => advance(source, op.get(row))),
      ...targets.flatMap((target) =>
        advance(target, [...op.get(row), ...op.i32.const(radix), ...op.i32.multiply]),
      ),
      ...advance(twiddles, op.i32.const(16 * (radix - 1))),
      ...[...op.get(p), ...op.i32.const(1), ...op.i32.add, ...op.tee(p)],
      ...[...op.get(groups), ...op.i32.lessUnsigned],
    ]),
  ];
  return { name: `pass${radix}`, parameters, locals: inner.locals, body };
}
