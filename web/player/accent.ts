// The one colour that a page chooses. What is no colour to the browser changes nothing.

export function showAccent(host: HTMLElement, color: string | null): void {
  if (color === null) host.style.removeProperty("--sluice-accent");
  else if (CSS.supports("color", color)) host.style.setProperty("--sluice-accent", color);
}
