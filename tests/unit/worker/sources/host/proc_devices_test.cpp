#include <string>

#include "tests/support/rs_test.hpp"
#include "worker/sources/host/proc_text.hpp"

using namespace ringside;

namespace {
template <class T, class Member>
std::vector<std::string> names(const std::vector<T>& things, Member T::*member) {
  std::vector<std::string> out;
  for (const auto& thing : things) {
    out.push_back(thing.*member);
  }
  return out;
}
using Names = std::vector<std::string>;
}  // namespace

RS_TEST(diskstats_gives_whole_devices_that_did_something) {
  const auto disks = parse_diskstats(
      "   7       0 loop0 5 0 10 1 0 0 0 0 0 1 1\n"
      " 254       0 vda 71135 27445 4282474 36079 8034 14229 582056 3793 0 23612 40391 4172 47 "
      "145264 446 930 71\n"
      " 253       0 zram0 9 0 0 0 9 0 0 0 0 0 0\n"
      "   8       0 sda 10 0 20 1 2 0 40 1 0 7 9\n   8       1 sda1 10 0 20 1 2 0 40 1 0 7 9\n"
      "   8      16 sdb 0 0 0 0 0 0 0 0 0 0 0\n"
      " 259       0 nvme0n1 1 0 2 0 0 0 0 0 0 0 0\n 259       1 nvme0n1p1 1 0 2 0 0 0 0 0 0 0 0\n"
      " 252       0 dm-0 1 0 2 0 0 0 0 0 0 0 0\n   9       0 md127 3 0 2 0 0 0 0 0 0 0 0\n");
  RS_EXPECT_EQ(names(disks, &DiskIo::device), (Names{"vda", "sda", "nvme0n1", "dm-0", "md127"}));
  RS_EXPECT_EQ(disks[0].reads, 71135u);
  RS_EXPECT_EQ(disks[0].read_bytes, 4282474u * 512);
  RS_EXPECT_EQ(disks[0].writes, 8034u);
  RS_EXPECT_EQ(disks[0].written_bytes, 582056u * 512);
  RS_EXPECT_EQ(disks[0].busy_ms, 23612u);
}

RS_TEST(diskstats_that_is_odd_gives_no_devices) {
  RS_EXPECT(parse_diskstats("").empty());
  RS_EXPECT(parse_diskstats("8 0 sda\n8 0 sdb 1 2 3\n8 0 sdc x x x x x x x x x x x\n").empty());
}

RS_TEST(devices_are_bounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "8 0 d" + std::string(1, static_cast<char>('a' + i % 26)) + std::to_string(i) +
            "x 1 0 2 0 0 0 0 0 0 0 0\n";
  }
  RS_EXPECT_EQ(parse_diskstats(text).size(), kMaxProcEntries);
}

RS_TEST(mountinfo_gives_each_storage_once) {
  const auto mounts = parse_mountinfo(
      "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
      "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
      "28 27 254:0 /srv/data /home/data rw - ext4 /dev/vda rw\n"
      "29 27 8:1 / /mnt/my\\040disk rw,relatime shared:2 master:3 - xfs /dev/sda1 rw\n"
      "30 27 8:1 / /mnt/my\\040disk/again/and/again rw - xfs /dev/sda1 rw\n"
      "31 27 0:40 /@home /home rw - btrfs /dev/sdb rw\n"
      "32 27 0:50 / /net rw - nfs4 server:/export rw\n"
      "33 27 0:51 / /run rw - tmpfs tmpfs rw\n"
      "34 27 8:17 /etc/hosts /etc/hosts rw - ext4 /dev/sdc1 rw\n");
  RS_EXPECT_EQ(names(mounts, &Mount::point), (Names{"/", "/home", "/mnt/my disk"}));
  RS_EXPECT_EQ(mounts[0].device, "/dev/vda");
  RS_EXPECT_EQ(mounts[2].fs_type, "xfs");
}

RS_TEST(mountinfo_of_a_container_gives_its_overlay_root) {
  const auto mounts = parse_mountinfo(
      "1 0 0:99 / / rw - overlay overlay rw,lowerdir=/a\n2 1 0:98 / /var/x rw - overlay overlay "
      "rw\n");
  RS_EXPECT_EQ(names(mounts, &Mount::point), (Names{"/"}));
}

RS_TEST(mountinfo_that_is_odd_gives_no_mounts) {
  RS_EXPECT(parse_mountinfo("").empty());
  RS_EXPECT(
      parse_mountinfo(
          "- - - - - - - - -\n27 1 254:0 / /\n27 1 254:0 / / rw -\n27 1 254:0 / / rw - ext4\n")
          .empty());
  RS_EXPECT_EQ(parse_mountinfo("27 1 254:0 / /a\\0 rw - ext4 /dev/v\\777 rw\n").at(0).point,
               "/a\\0");
}

RS_TEST(net_dev_gives_interfaces_that_carried_something) {
  const auto interfaces = parse_net_dev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
      "drop fifo colls carrier compressed\n"
      "    lo:    3267      29    0    0    0     0          0         0     3267      29    0    "
      "0    0     0       0          0\n"
      "  ifb0:       0       0    0    0    0     0          0         0        0       0    0    "
      "0    0     0       0          0\n"
      "veth12:    1       1    0    0    0     0          0         0        1       1    0    0   "
      " 0     0       0          0\n"
      "  eth0:23713088     641    1    2    0     0          0         0    37352     448    3    "
      "4    0     0       0          0\n");
  RS_EXPECT_EQ(names(interfaces, &NetIo::interface), (Names{"lo", "eth0"}));
  RS_EXPECT_EQ(interfaces[1].rx_bytes, 23713088u);
  RS_EXPECT_EQ(interfaces[1].rx_packets, 641u);
  RS_EXPECT_EQ(interfaces[1].rx_errors, 1u);
  RS_EXPECT_EQ(interfaces[1].rx_dropped, 2u);
  RS_EXPECT_EQ(interfaces[1].tx_bytes, 37352u);
  RS_EXPECT_EQ(interfaces[1].tx_packets, 448u);
  RS_EXPECT_EQ(interfaces[1].tx_errors, 3u);
  RS_EXPECT_EQ(interfaces[1].tx_dropped, 4u);
}

RS_TEST(net_dev_that_is_odd_gives_no_interfaces) {
  RS_EXPECT(parse_net_dev("").empty());
  RS_EXPECT(parse_net_dev("eth0: 1 2 3\n:\n: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\neth1 1 2\n").empty());
}
