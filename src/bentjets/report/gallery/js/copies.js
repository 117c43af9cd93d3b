// What can be taken away: a table, regions for DS9 and CARTA, addresses of viewers.
const RADIUS_ARCSEC = 45;

function asCsv(rows) {
  const names = Object.keys(columns);
  const quote = (value) => {
    const text = value === null ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [names, ...rows.map((row) => names.map((name) => columns[name][row]))]
    .map((line) => line.map(quote).join(",")).join("\n") + "\n";
}

// Braces would end the text of a region.
function asRegions(rows) {
  const lines = rows.filter((row) => columns.ra_deg[row] !== null).map((row) => {
    const radius = Math.max(RADIUS_ARCSEC, (columns.largest_angular_size_arcsec[row] ?? 0) / 2);
    const text = `${columns.name[row]} ${columns.morphology[row]}`.replace(/[{}\n]/g, " ");
    return `circle(${columns.ra_deg[row]},${columns.dec_deg[row]},${radius.toFixed(1)}") # text={${text}}`;
  });
  return ["# Region file format: DS9 version 4.1", "fk5", ...lines].join("\n") + "\n";
}

function asLinks(rows) {
  return rows.flatMap((row) => data.links.map(({ address }) => addressOf(address, row))).join("\n") + "\n";
}

const COPIES = { csv: asCsv, ds9: asRegions, links: asLinks };
