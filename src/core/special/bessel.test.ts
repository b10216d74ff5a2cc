import fc from "fast-check";
import { expect, test } from "vitest";
import { besselI, besselIScaled, besselJ, besselK, besselKScaled, besselY } from "./index.ts";

// Order, x, exp(-x) I, exp(x) K, J, Y: mpmath with 50 digits.
test.each([
  [0, 1e-8, 0.9999999900000001, 18.536612444976903, 1, -11.80077387717953],
  [0, 0.5, 0.6450352704491501, 1.5241093857739094, 0.9384698072408129, -0.44451873350670656],
  [0, 1.999, 0.3086016010248046, 0.8417601901891834, 0.2244675361180832, 0.5102683582386545],
  [0, 2, 0.30850832255367105, 0.8415682150707714, 0.22389077914123567, 0.5103756726497451],
  [0, 30, 0.0731459464822373, 0.22788666561625373, -0.08636798358104021, -0.11729573168666403],
  [0, 10000, 0.003989472674604732, 0.012532984717699286, -0.0070961603533888015, 0.0036478055589866058],
  [1, 0.001, 0.0004995003123542213, 1000.9967345590684, 0.0004999999375000026, -636.6221672311394],
  [1, 7.5, 0.1380412115485542, 0.4796689337910206, 0.1352484275797055, -0.25912851048611624],
  [1, 200, 0.02815650339483292, 0.08878860158500368, -0.05430453818237822, 0.01530182458038999],
  [0.5, 0.5, 0.3566358348374589, 1.772453850905516, 0.540973789934528, -0.9902458802434049],
  [0.3333333333333333, 1.7, 0.3162823217160941, 0.9301444323056093, 0.5688019771977526, 0.21051516246798122],
  [1.5, 3, 0.1543141947650625, 0.9648016727443569, 0.4777182150870918, 0.08700809072083528],
  [2.5, 100, 0.03870936946735101, 0.129128955567616, 0.038325919332375405, 0.06999451452277503],
  [7, 0.1, 1.4030261331300014e-13, 509050619270.1424, 1.549614867620228e-13, -293476652667.3925],
  [7, 12, 0.014721752100255496, 2.4444063886398957, -0.17025380412720806, 0.1895206955216866],
  [20.25, 5, 1.9905956261598473e-13, 120416080331.96483, 1.6404372245847067e-11, -988927981.753543],
  [20.25, 45, 0.0006424647924990239, 15.771337735440714, -0.02978298094520181, -0.12227517713403106],
  [50.5, 30, 7.143736122736945e-18, 1191538985385202.2, 1.1756536595053053e-8, -666679.9237408735],
  [50.5, 700, 0.0024383880502189155, 0.29217430382394294, 0.028627920608703575, -0.009605971699551916],
])("order %d at %d: I, K, J and Y to the precision of their docstrings", (order, x, i, k, j, y) => {
  expect(Math.abs(besselIScaled(order, x) / i - 1)).toBeLessThan(1e-14);
  expect(Math.abs(besselKScaled(order, x) / k - 1)).toBeLessThan(1e-14);
  const amplitude = Math.sqrt(2 / (Math.PI * x));
  const allowed = (value: number): number =>
    x > order ? 1e-14 * Math.max(1, order) * amplitude : 1e-12 * Math.abs(value);
  expect(Math.abs(besselJ(order, x) - j)).toBeLessThan(allowed(j));
  expect(Math.abs(besselY(order, x) - y)).toBeLessThan(allowed(y));
});

test("orders of one half are elementary", () => {
  for (const x of [0.01, 1, 1.99, 2, 5, 49, 51, 400]) {
    const amplitude = Math.sqrt(2 / (Math.PI * x));
    expect(Math.abs(besselJ(0.5, x) - amplitude * Math.sin(x))).toBeLessThan(
      4e-15 * Math.max(1, x) * amplitude,
    );
    expect(Math.abs(besselY(0.5, x) + amplitude * Math.cos(x))).toBeLessThan(
      4e-15 * Math.max(1, x) * amplitude,
    );
    expect(besselKScaled(0.5, x) / Math.sqrt(Math.PI / (2 * x))).toBeCloseTo(1, 13);
    expect(besselIScaled(0.5, x) / (amplitude * 0.5 * -Math.expm1(-2 * x))).toBeCloseTo(1, 13);
  }
});

test("Wronskians and recurrences hold", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 30, noNaN: true }),
      fc.double({ min: 0.05, max: 300, noNaN: true }),
      (order, x) => {
        const wronskian =
          besselIScaled(order, x) * besselKScaled(order + 1, x) +
          besselIScaled(order + 1, x) * besselKScaled(order, x);
        expect(wronskian * x).toBeCloseTo(1, 12);
        const cross = besselJ(order + 1, x) * besselY(order, x) - besselJ(order, x) * besselY(order + 1, x);
        expect((cross * Math.PI * x) / 2).toBeCloseTo(1, 9);
      },
    ),
  );
});

test("arguments near 0 give the leading term, at orders where the recurrences overflow too", () => {
  expect(besselJ(2, 1e-100) / 1.25e-201).toBeCloseTo(1, 13);
  expect(besselJ(1, 1e-300)).toBeCloseTo(5e-301, 313);
  expect(besselIScaled(1, 1e-300) / 5e-301).toBeCloseTo(1, 13);
  expect(besselI(150, 1) / 1.228361698211143e-308).toBeCloseTo(1, 10);
  for (const order of [2, 7, 50, 150, 1000]) {
    expect(besselJ(order, 1e-300)).toBe(0);
    expect(besselY(order, 1e-300)).toBe(-Infinity);
  }
  expect(besselY(150, 0.1)).toBe(-Infinity);
});

test("J of high order and large argument is the integral that defines it", () => {
  for (const [order, x] of [
    [0, 300],
    [30, 100],
    [99, 100],
    [150, 10000],
  ] as const) {
    // The trapezoidal rule is exact for a periodic integrand once it has more points than x + order.
    const points = 16384;
    let sum = 0;
    for (let k = 0; k < points; k++) {
      const angle = ((k + 0.5) * Math.PI) / points;
      sum += Math.cos(order * angle - x * Math.sin(angle));
    }
    expect(Math.abs(besselJ(order, x) - sum / points)).toBeLessThan(3e-14);
  }
});

test("limits, and arguments outside the domain", () => {
  expect([besselI(0, 0), besselI(2, 0), besselK(1, 0), besselJ(0, 0), besselY(0, 0)]).toEqual([
    1,
    0,
    Infinity,
    1,
    -Infinity,
  ]);
  expect([besselJ(1, Infinity), besselK(1, Infinity), besselIScaled(1, Infinity)]).toEqual([0, 0, 0]);
  expect(besselI(0, 711) / 9.08716272726379e306).toBeCloseTo(1, 11);
  expect(besselI(0, 800)).toBe(Infinity);
  expect(besselK(0, 800)).toBe(0);
  expect(() => besselJ(-1, 1)).toThrow(/^order: /);
  expect(() => besselK(1, -1)).toThrow(/^x: /);
  expect(() => besselI(Number.NaN, 1)).toThrow(/^order: /);
});
