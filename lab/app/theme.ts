import { effect, signal } from "@preact/signals";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "ockham-theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return themes.find((theme) => theme === value) ?? "system";
  } catch {
    // Storage is refused in some private windows: the system's choice serves.
    return "system";
  }
}

export const theme = signal<Theme>(stored());

effect(() => {
  const chosen = theme.value;
  document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem(key, chosen);
  } catch {
    // As above.
  }
});
