// Dark and light: as the system has it, until somebody chooses.

export type Theme = 'dark' | 'light';

const key = 'draftstream-theme';
const system = matchMedia('(prefers-color-scheme: light)');

export function currentTheme(): Theme {
  const chosen = localStorage.getItem(key);
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return system.matches ? 'light' : 'dark';
}

export function applyTheme(): Theme {
  const theme = currentTheme();
  document.documentElement.dataset.theme = theme;
  return theme;
}

export function toggleTheme(): Theme {
  localStorage.setItem(key, currentTheme() === 'dark' ? 'light' : 'dark');
  return applyTheme();
}

export function onSystemTheme(action: (theme: Theme) => void): void {
  system.addEventListener('change', () => {
    action(applyTheme());
  });
}

/** A colour of style.css, by the name of its custom property. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
