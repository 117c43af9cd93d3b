// Pixels and the sky: the tangent plane (Calabretta & Greisen 2002, A&A 395, 1077, section 5.1.3).

const RAD = Math.PI / 180;

// Pixels are counted from 0; the plane's crpix from 1, as in FITS.
export function pixelToPlane(wcs, { x, y }) {
  const dx = x + 1 - wcs.crpix1;
  const dy = y + 1 - wcs.crpix2;
  return { east: wcs.cd11 * dx + wcs.cd12 * dy, north: wcs.cd21 * dx + wcs.cd22 * dy };
}

export function pixelToSky(wcs, pixel) {
  const plane = pixelToPlane(wcs, pixel);
  const [xi, eta] = [plane.east * RAD, plane.north * RAD];
  const dec0 = wcs.crval2 * RAD;
  const depth = Math.cos(dec0) - eta * Math.sin(dec0);
  const turn = Math.atan2(xi, depth);
  const dec = Math.atan2(Math.sin(dec0) + eta * Math.cos(dec0), Math.hypot(xi, depth));
  return { ra: (((wcs.crval1 + turn / RAD) % 360) + 360) % 360, dec: dec / RAD };
}

// The step in pixels of one degree towards a position angle (north through east).
export function pixelStep(wcs, angle_deg) {
  const east = Math.sin(angle_deg * RAD);
  const north = Math.cos(angle_deg * RAD);
  const det = wcs.cd11 * wcs.cd22 - wcs.cd12 * wcs.cd21;
  return {
    x: (wcs.cd22 * east - wcs.cd12 * north) / det,
    y: (wcs.cd11 * north - wcs.cd21 * east) / det,
  };
}

// Which of the eight symmetries of the square puts north up and east left: rows of signs.
export function northUp({ cd11, cd12, cd21, cd22 }) {
  if (Math.abs(cd11) >= Math.abs(cd12)) return [[-Math.sign(cd11), 0], [0, -Math.sign(cd22)]];
  return [[0, -Math.sign(cd12)], [-Math.sign(cd21), 0]];
}

// Three clicks (end, core, end) on the plane: what the server will measure on the sphere.
export function measure(wcs, clicks) {
  const [one, core, other] = clicks.map((click) => pixelToPlane(wcs, click));
  const tails = [one, other].map((end) => [end.east - core.east, end.north - core.north]);
  const [a, b] = tails.map(([east, north]) => Math.atan2(east, north) / RAD);
  const between = Math.abs(a - b) % 360;
  return {
    angle_deg: between > 180 ? 360 - between : between,
    tails_arcsec: tails.map(([east, north]) => 3600 * Math.hypot(east, north)),
  };
}

function sexagesimal(value, digits) {
  const units = 10 ** digits;
  let rest = Math.round(value * 3600 * units);
  const seconds = (rest % (60 * units)) / units;
  rest = Math.floor(rest / (60 * units));
  const two = (number) => String(number).padStart(2, "0");
  const width = digits ? digits + 3 : 2;
  return `${two(Math.floor(rest / 60))} ${two(rest % 60)} ${seconds.toFixed(digits).padStart(width, "0")}`;
}

export function formatSky({ ra, dec }) {
  return `${sexagesimal(ra / 15, 2)} ${dec < 0 ? "−" : "+"}${sexagesimal(Math.abs(dec), 1)}`;
}
