import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { readLinkage, readLinkageOf } from '../../../../manifests/images/elf.ts';

describe('the reader of ELF files', () => {
  it('finds in the Node that runs this what the loader finds in it', () => {
    const linkage = readLinkageOf(process.execPath);
    const listed = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
    expect(linkage?.interpreter).to.match(/^\/lib.*ld-linux/);
    expect(linkage?.needed).to.include('libc.so.6');
    for (const name of linkage?.needed ?? []) {
      expect(listed).to.include(name);
    }
  });

  it('says of a script, or of a file too short to tell, that it links nothing', () => {
    for (const text of ['#!/bin/sh\nexit 0\n', '', '\x7fELF']) {
      expect(readLinkage((offset, length) => Buffer.from(text, 'latin1').subarray(offset, offset + length))).to.equal(
        undefined,
      );
    }
  });
});
