import { expect } from 'chai';
import { parseHierarchies, trackingFolder } from '../../cluster/cgroups.ts';
import { mountPoints } from '../../cluster/down.ts';
import { parseStatus } from '../../cluster/record.ts';

describe('cluster: what the kernel says', () => {
  it('reads a process by number and start, whatever its command is called', () => {
    const rest = `S 1 ${Array.from({ length: 17 }, (_, at) => at).join(' ')} 424242 99`;
    expect(parseStatus(`17 (sh) ${rest}`)).to.deep.equal({ pid: 17, startTicks: '424242' });
    expect(parseStatus(`17 (a) b (c d) ${rest}`)).to.deep.equal({ pid: 17, startTicks: '424242' });
  });

  it('takes a process that ended, and was not yet waited for, for gone', () => {
    expect(parseStatus('17 (node) Z 1 2 3')).to.equal(undefined);
  });

  it('reads mount points in their order, with the spaces in their names', () => {
    const lines = [
      '36 35 98:0 / /run/a rw,noatime master:1 - ext3 /dev/root rw',
      '37 36 0:5 / /run/a/with\\040space rw - tmpfs tmpfs rw',
      '',
    ];
    expect(mountPoints(lines.join('\n'))).to.deep.equal(['/run/a', '/run/a/with space']);
  });

  it('tracks processes in the pids hierarchy of version 1, else in version 2', () => {
    const version1 = [
      'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0',
      'cgroup /sys/fs/cgroup/pids cgroup rw,relatime,pids 0 0',
      'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0',
    ].join('\n');
    expect(parseHierarchies(version1).map(({ controllers }) => controllers)).to.deep.equal([
      ['cpu', 'cpuacct'],
      ['pids'],
      [],
    ]);
    expect(trackingFolder(parseHierarchies(version1))).to.equal('/sys/fs/cgroup/pids');
    const version2 = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\nproc /proc proc rw 0 0';
    expect(trackingFolder(parseHierarchies(version2))).to.equal('/sys/fs/cgroup');
    expect(() => trackingFolder([])).to.throw('no hierarchy');
  });
});
