type Colour = readonly [red: number, green: number, blue: number];

/** From what hardly leaves the page to what stands out most on it, even in lightness. */
const light: readonly Colour[] = [
  [230, 237, 244],
  [128, 169, 207],
  [20, 62, 122],
];
const dark: readonly Colour[] = [
  [38, 52, 70],
  [65, 125, 180],
  [222, 240, 255],
];

/** Colour of a share from 0 to 1 on a page that is light or dark. */
export function ramp(share: number, onDark: boolean): Colour {
  const stops = onDark ? dark : light;
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(stops[i]![channel] + (stops[i + 1]![channel] - stops[i]![channel]) * (at - i));
  return [mix(0), mix(1), mix(2)];
}

export function cssColour([red, green, blue]: Colour): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Colours of groups that can be told apart, repeated when there are more. */
export function groupColour(group: number): string {
  return `var(--group-${group % 10})`;
}
