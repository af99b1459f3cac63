/**
 * `npm run comptoir -- sbom [--out FILE]`: the software bill of materials of what production runs, as CycloneDX 1.5: every
 * package with its version, licence and digest. Made from the lockfile; needs no network and no installed packages.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { readArguments, runProgram } from './program.js';

interface Component {
  'bom-ref': string;
  name: string;
  properties?: { name: string; value: string }[];
}

interface Bom {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

interface LockedPackage {
  version?: string;
  /** The folder of a link. */
  resolved?: string;
  link?: boolean;
}

const USAGE = 'Usage: npm run comptoir -- sbom [--out FILE]';

await runProgram(() => {
  const { out } = readArguments(USAGE, { out: { type: 'string' } }).values;
  const text = `${JSON.stringify(ofProduction(ofEverything()), null, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else fs.writeFileSync(out, text);
});

function ofEverything(): Bom {
  const options = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  return JSON.parse(execFileSync('npm', ['sbom', ...options], { encoding: 'utf8', maxBuffer: 2 ** 27 }));
}

/** By npm's own mark: its option to omit what is for development also drops packages that production shares with it. */
function ofProduction({ metadata, components, dependencies, ...rest }: Bom): Bom {
  const { name }: { name: string } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  const workspaces = workspaceReferences();
  const shipped = components.filter(
    (component) => !isForDevelopment(component) && !workspaces.has(component['bom-ref']),
  );
  const references = new Set([metadata.component, ...shipped].map((component) => component['bom-ref']));
  return {
    ...rest,
    // npm names it after the folder.
    metadata: { ...metadata, component: { ...metadata.component, name } },
    components: shipped,
    dependencies: dependencies
      .filter(({ ref }) => references.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((on) => references.has(on)) })),
  };
}

/** The packages of this repository. npm installs them always, and marks none; what production uses of them is in its build. */
function workspaceReferences(): Set<string> {
  const lock: { packages: Record<string, LockedPackage> } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
  const links = Object.entries(lock.packages).filter(([, { link }]) => link);
  return new Set(
    links.map(([place, { resolved = '' }]) => {
      return `${place.replace('node_modules/', '')}@${lock.packages[resolved]?.version}`;
    }),
  );
}

function isForDevelopment({ properties = [] }: Component): boolean {
  return properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
}
