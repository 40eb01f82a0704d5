package io.micrologs.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A small file system, for tests that fill it. It is mounted in a mount namespace of its own, so that nothing else sees it
 * and nothing is left behind, whatever becomes of the test: the kernel takes it back with the last process in it.
 */
final class SmallDisk implements AutoCloseable {
    /*
     * What it takes: CAP_SYS_ADMIN for ext4 on a loop device; without it, a user namespace of one's own for tmpfs. Where
     * neither is allowed (a container with the default profile of seccomp), there is no way to a full disk but the limit of
     * a file's size, which the kernel enforces on every process: `fill` then forbids the server to make a file longer or to
     * write into it behind its first KiB, which it sees as EFBIG in place of ENOSPC; its stores into mapped pages go on.
     */
    enum Kind {
        TMPFS,
        EXT4
    }

    private static final int CHUNK_BYTES = 1 << 20;

    private final Path mount;
    private final @Nullable Process holder;
    private final boolean ownUser;

    private SmallDisk(Path mount, @Nullable Process holder, boolean ownUser) {
        this.mount = mount;
        this.holder = holder;
        this.ownUser = ownUser;
    }

    /** The nearest to {@code kind} that this machine lets us have. {@code temp} is on an ordinary disk. */
    static SmallDisk make(Path temp, Kind kind, int mebibytes) throws IOException {
        Path mount = Files.createDirectory(temp.resolve("disk"));
        String tmpfs = "mount -t tmpfs -o size=" + mebibytes + "m tmpfs '" + mount + "'";
        if (kind == Kind.EXT4) {
            Path image = temp.resolve("disk.ext4");
            String ext4 = "truncate -s " + mebibytes + "m '" + image + "' && mkfs.ext4 -q -m 0 '" + image
                    + "' && mount -o loop '" + image + "' '" + mount + "'";
            SmallDisk disk = mounted(mount, ext4, false);
            if (disk != null) {
                return disk;
            }
        }
        SmallDisk disk = mounted(mount, tmpfs, false);
        disk = disk == null ? mounted(mount, tmpfs, true) : disk;
        return disk == null ? new SmallDisk(mount, null, false) : disk;
    }

    private static @Nullable SmallDisk mounted(Path mount, String command, boolean ownUser) throws IOException {
        List<String> unshare = new ArrayList<>(List.of("unshare", "--mount"));
        if (ownUser) {
            unshare.add("--map-root-user");
        }
        // The pipe ends with this JVM, and the namespace with the reader of the pipe.
        unshare.addAll(List.of("sh", "-c", command + " && echo ready && exec cat"));
        Process holder = new ProcessBuilder(unshare).redirectErrorStream(true).start();
        String said =
                new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if ("ready".equals(said)) {
            return new SmallDisk(mount, holder, ownUser);
        }
        holder.destroyForcibly();
        return null;
    }

    /** Whether {@link #fill} takes the room that other programs could have; else it limits the server's own files. */
    boolean isReal() {
        return holder != null;
    }

    /** Where processes that were started with {@link #command} see it. */
    Path path() {
        return mount;
    }

    /** The same, for this process. */
    Path seen() {
        return holder == null ? mount : Path.of("/proc/" + holder.pid() + "/root" + mount);
    }

    /** What starts a process that sees it. */
    List<String> command() {
        if (holder == null) {
            return List.of();
        }
        List<String> command = new ArrayList<>(List.of("nsenter", "--target", String.valueOf(holder.pid()), "--mount"));
        if (ownUser) {
            command.addAll(List.of("--user", "--preserve-credentials"));
        }
        return command;
    }

    /** Somebody else's file takes all the room there is, as fast as the kernel writes. */
    void fill(long serverPid) {
        if (holder == null) {
            limitFiles(serverPid, "1024:unlimited");
            return;
        }
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        try (FileChannel ballast = FileChannel.open(ballast(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                chunk.clear();
                ballast.write(chunk);
            }
        } catch (IOException full) {
            if (!String.valueOf(full.getMessage()).toLowerCase(Locale.ROOT).contains("space")) {
                throw new UncheckedIOException(full);
            }
        }
    }

    void makeRoom(long serverPid) {
        if (holder == null) {
            limitFiles(serverPid, "unlimited:unlimited");
            return;
        }
        try {
            Files.delete(ballast());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path ballast() {
        return seen().resolve("somebody-elses-file");
    }

    private static void limitFiles(long pid, String limits) {
        try {
            int exit = new ProcessBuilder("prlimit", "--pid", String.valueOf(pid), "--fsize=" + limits)
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("prlimit ended with " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        if (holder != null) {
            holder.destroyForcibly();
        }
    }
}
