package io.micrologs.loader;

/** An id within its project. */
record Key(int projectId, long id) implements Comparable<Key> {

    @Override
    public int hashCode() {
        // Ids are hashes already.
        return (int) (id ^ (id >>> 32)) + 31 * projectId;
    }

    @Override
    public int compareTo(Key other) {
        int byProject = Integer.compare(projectId, other.projectId);
        return byProject != 0 ? byProject : Long.compare(id, other.id);
    }
}
