/** Grey values of a picture's pixels, as a model takes them: 1 is ink, 0 is paper. */
export function greysOf(rgba: ArrayLike<number>, side: number): number[] {
  const light = Array.from({ length: side * side }, (_, at) => lightness(rgba, 4 * at));
  const last = side * side - 1;
  const corners = [0, side - 1, last - side + 1, last].map(at => light[at] ?? 0);
  // The collections that models learn from have light ink on dark paper; photographs have not.
  const isDark = corners.reduce((sum, value) => sum + value, 0) / corners.length < 0.5;
  return isDark ? light : light.map(value => 1 - value);
}

/** From 0 to 1 (ITU-R BT.601), over white where it is transparent. */
function lightness(rgba: ArrayLike<number>, at: number): number {
  const [red = 0, green = 0, blue = 0, alpha = 255] = [0, 1, 2, 3].map(part => rgba[at + part]);
  const grey = (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  const share = alpha / 255;
  return grey * share + 1 - share;
}
