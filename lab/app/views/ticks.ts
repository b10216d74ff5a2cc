const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Ticks of a logarithmic axis: powers of ten, or 1, 2 and 5 times powers where it has few of them. */
export function logTicks(low: number, high: number, most: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first >= 2) {
    const step = Math.ceil((last - first + 1) / most);
    return range(Math.ceil(first / step) * step, last, step).map((power) => 10 ** power);
  }
  return range(first - 1, last, 1)
    .flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)))
    .filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
}

/** The words of ticks: decimal numbers where all are of moderate size, else powers of ten. */
export function tickLabels(ticks: readonly number[]): (value: number) => string {
  if (ticks.every((value) => value >= 1e-3 && value < 1e5)) return (value) => grouped(value);
  return (value) => {
    const [digits, power] = value.toExponential().split("e") as [string, string];
    if (value === 1) return "1";
    return `${digits === "1" ? "" : `${digits}\u00b7`}10${raised(Number(power))}`;
  };
}

function grouped(value: number): string {
  const text = String(Number(value.toPrecision(6)));
  return value < 1e4 ? text : text.replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

function raised(power: number): string {
  const digits = Array.from(String(Math.abs(power)), (digit) => superscripts[Number(digit)]).join("");
  return power < 0 ? `\u207b${digits}` : digits;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, i) => from + i * step);
}
