/** A number for the eye: three or the given significant digits, thin spaces between thousands. */
export function formatNumber(value: number, digits = 3): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return grouped(String(value));
  if (size >= 1e7 || size < 1e-4) return value.toExponential(Math.max(0, digits - 1)).replace("e+", "e");
  const text = value.toPrecision(digits);
  return grouped(text.includes("e") ? String(Number(text)) : text);
}

function grouped(text: string): string {
  const [whole, fraction] = text.replace("-", "\u2212").split(".");
  const spaced = whole!.length > 4 ? whole!.replace(/\B(?=(\d{3})+$)/g, "\u2009") : whole!;
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

export function formatSeconds(seconds: number): string {
  return seconds < 60
    ? `${seconds.toFixed(1)}\u2009s`
    : `${Math.floor(seconds / 60)}\u2009min ${Math.floor(seconds % 60)}\u2009s`;
}

export function formatBytes(bytes: number): string {
  return bytes < 1e6
    ? `${Math.max(1, Math.round(bytes / 1e3))}\u2009kB`
    : `${(bytes / 1e6).toFixed(1)}\u2009MB`;
}
