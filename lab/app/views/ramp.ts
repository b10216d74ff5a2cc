/** From pale to deep blue, even in lightness; `share` from 0 to 1. Readable on both themes. */
export function ramp(share: number): string {
  const s = Math.min(1, Math.max(0, share));
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * s);
  return `rgb(${mix(222, 22)} ${mix(232, 66)} ${mix(243, 132)})`;
}

/** Colours of groups that can be told apart, repeated when there are more. */
export function groupColour(group: number): string {
  return `var(--group-${group % 10})`;
}
