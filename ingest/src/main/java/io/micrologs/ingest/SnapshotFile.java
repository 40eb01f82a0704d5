package io.micrologs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.micrologs.ingest.Snapshot.Link;
import io.micrologs.ingest.Snapshot.Privacy;
import io.micrologs.ingest.Snapshot.Project;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The snapshot as a JSON file. */
final class SnapshotFile {
    /** How the name of a file ends that {@link #replace} has not given its own name yet. */
    static final String UNFINISHED = ".new";

    private static final JsonFactory JSON = new JsonFactory();
    private static final Logger log = LoggerFactory.getLogger(SnapshotFile.class);

    private SnapshotFile() {}

    static Optional<Snapshot> read(Path file) {
        try (JsonParser parser = JSON.createParser(Files.readAllBytes(file))) {
            return Optional.of(readSnapshot(parser));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            log.warn("{} is not usable (no JSON); events are refused until the database answers", file);
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            log.warn("{} is not usable ({}); events are refused until the database answers", file, e.getMessage());
            return Optional.empty();
        }
    }

    static void write(Snapshot snapshot, Path file) {
        try {
            replace(file, encode(snapshot));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    /** Replaces {@code file} at once, readable by its owner only, forced to disk. */
    static void replace(Path file, byte[] content) throws IOException {
        Path fresh = Files.createTempFile(
                file.toAbsolutePath().getParent(), file.getFileName() + ".", UNFINISHED, ownerOnly());
        try {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    static FileAttribute<?>[] ownerOnly() {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static byte[] encode(Snapshot snapshot) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeNumberField("version", snapshot.version());
            out.writeArrayFieldStart("projects");
            for (Project project : snapshot.projects()) {
                out.writeStartObject();
                out.writeNumberField("id", project.id());
                out.writeStringField("name", project.name());
                out.writeStringField("public_key", project.publicKey());
                out.writeStringField("secret_key_sha256", HexFormat.of().formatHex(project.secretKeySha256()));
                out.writeArrayFieldStart("allowed_domains");
                for (String domain : project.allowedDomains()) {
                    out.writeString(domain);
                }
                out.writeEndArray();
                out.writeBooleanField("active", project.active());
                write(out, project.privacy());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeArrayFieldStart("links");
            for (Link link : snapshot.links()) {
                out.writeStartObject();
                out.writeNumberField("id", link.id());
                out.writeNumberField("project_id", link.projectId());
                out.writeStringField("code", link.code());
                out.writeStringField("destination_url", link.destinationUrl());
                out.writeBooleanField("active", link.active());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator out, Privacy privacy) throws IOException {
        out.writeObjectFieldStart("privacy");
        out.writeBooleanField("cookieless", privacy.cookieless());
        out.writeBooleanField("fingerprint", privacy.fingerprint());
        out.writeBooleanField("gpc", privacy.gpc());
        out.writeBooleanField("dnt", privacy.dnt());
        out.writeArrayFieldStart("exclude_cidrs");
        for (String cidr : privacy.excludeCidrs()) {
            out.writeString(cidr);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static Snapshot readSnapshot(JsonParser in) throws IOException {
        long version = -1;
        List<Project> projects = null;
        List<Link> links = new ArrayList<>();
        expect(in.nextToken(), JsonToken.START_OBJECT);
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            JsonToken value = in.nextToken();
            if (name.equals("version")) {
                version = in.getLongValue();
            } else if (name.equals("projects")) {
                expect(value, JsonToken.START_ARRAY);
                projects = new ArrayList<>();
                while (in.nextToken() == JsonToken.START_OBJECT) {
                    projects.add(readProject(in));
                }
            } else if (name.equals("links")) {
                expect(value, JsonToken.START_ARRAY);
                while (in.nextToken() == JsonToken.START_OBJECT) {
                    links.add(readLink(in));
                }
            } else {
                in.skipChildren();
            }
        }
        if (version < 0 || projects == null) {
            throw new IOException("version or projects are missing");
        }
        return new Snapshot(version, projects, links);
    }

    private static Project readProject(JsonParser in) throws IOException {
        int id = 0;
        String projectName = "";
        String publicKey = "";
        byte[] secretKeySha256 = new byte[0];
        List<String> domains = new ArrayList<>();
        boolean active = false;
        // A file of an earlier version has no privacy: the defaults are the careful choice.
        Privacy privacy = Privacy.DEFAULT;
        Set<String> seen = new HashSet<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            seen.add(name);
            in.nextToken();
            switch (name) {
                case "id" -> id = in.getIntValue();
                case "name" -> projectName = in.getText();
                case "public_key" -> publicKey = in.getText();
                case "secret_key_sha256" -> secretKeySha256 = HexFormat.of().parseHex(in.getText());
                case "allowed_domains" -> {
                    while (in.nextToken() == JsonToken.VALUE_STRING) {
                        domains.add(in.getText());
                    }
                }
                case "active" -> active = in.getBooleanValue();
                case "privacy" -> privacy = readPrivacy(in);
                default -> in.skipChildren();
            }
        }
        if (!seen.containsAll(Set.of("id", "name", "public_key", "secret_key_sha256", "allowed_domains", "active"))) {
            throw new IOException("a project lacks a field");
        }
        return new Project(id, projectName, publicKey, secretKeySha256, domains, active, privacy);
    }

    private static Privacy readPrivacy(JsonParser in) throws IOException {
        Map<String, Boolean> flags = new HashMap<>();
        List<String> cidrs = new ArrayList<>();
        expect(in.currentToken(), JsonToken.START_OBJECT);
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            JsonToken value = in.nextToken();
            if (name.equals("exclude_cidrs")) {
                while (in.nextToken() == JsonToken.VALUE_STRING) {
                    cidrs.add(in.getText());
                }
            } else if (value.isBoolean()) {
                flags.put(name, in.getBooleanValue());
            } else {
                in.skipChildren();
            }
        }
        return new Privacy(
                flags.getOrDefault("cookieless", Privacy.DEFAULT.cookieless()),
                flags.getOrDefault("fingerprint", Privacy.DEFAULT.fingerprint()),
                flags.getOrDefault("gpc", Privacy.DEFAULT.gpc()),
                flags.getOrDefault("dnt", Privacy.DEFAULT.dnt()),
                cidrs);
    }

    private static Link readLink(JsonParser in) throws IOException {
        int id = 0;
        int projectId = 0;
        String code = "";
        String destinationUrl = "";
        boolean active = false;
        Set<String> seen = new HashSet<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            seen.add(name);
            in.nextToken();
            switch (name) {
                case "id" -> id = in.getIntValue();
                case "project_id" -> projectId = in.getIntValue();
                case "code" -> code = in.getText();
                case "destination_url" -> destinationUrl = in.getText();
                case "active" -> active = in.getBooleanValue();
                default -> in.skipChildren();
            }
        }
        if (!seen.containsAll(Set.of("id", "project_id", "code", "destination_url", "active"))) {
            throw new IOException("a link lacks a field");
        }
        return new Link(id, projectId, code, destinationUrl, active);
    }

    private static void expect(@Nullable JsonToken found, JsonToken expected) throws IOException {
        if (found != expected) {
            throw new IOException("no snapshot");
        }
    }
}
