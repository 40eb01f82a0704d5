package io.micrologs.loader;

import io.micrologs.journal.Envelope;
import io.micrologs.loader.agent.Agent;
import io.micrologs.loader.agent.AgentParser;
import org.jspecify.annotations.Nullable;

/** What a request tells of its client, in columns: device, system, browser and place. Single-threaded: loader thread. */
final class Clients {

    /** A miss takes half a millisecond. What is kept is no committed row, so a failed batch changes nothing about it. */
    private static final int AGENTS_MAX = 20_000;

    private final AgentParser parser = new AgentParser();
    private final Cache<String, Agent> agents = new Cache<>(AGENTS_MAX);
    private final Dictionary dictionary;

    Clients(Dictionary dictionary) {
        this.dictionary = dictionary;
    }

    void begin() {
        agents.trim();
    }

    private Agent agent(@Nullable String userAgent) {
        if (userAgent == null) {
            return Agent.UNKNOWN;
        }
        Agent agent = agents.get(userAgent);
        if (agent == null) {
            agent = parser.parse(userAgent);
            agents.put(userAgent, agent);
        }
        return agent;
    }

    /** Puts device, os_id, os_version_id, browser_id, browser_version_id, country, region_id and city_id into the row. */
    void putWithVersions(@Nullable Object[] row, int at, Envelope envelope) {
        int projectId = envelope.projectId();
        Agent agent = agent(envelope.userAgent());
        row[at] = agent.device().code;
        row[at + 1] = dictionary.term(projectId, agent.os());
        row[at + 2] = dictionary.term(projectId, agent.osVersion());
        row[at + 3] = dictionary.term(projectId, agent.browser());
        row[at + 4] = dictionary.term(projectId, agent.browserVersion());
        putPlace(row, at + 5, envelope);
    }

    /** Puts device, os_id, browser_id, country, region_id and city_id into the row. */
    void put(@Nullable Object[] row, int at, Envelope envelope) {
        int projectId = envelope.projectId();
        Agent agent = agent(envelope.userAgent());
        row[at] = agent.device().code;
        row[at + 1] = dictionary.term(projectId, agent.os());
        row[at + 2] = dictionary.term(projectId, agent.browser());
        putPlace(row, at + 3, envelope);
    }

    private void putPlace(@Nullable Object[] row, int at, Envelope envelope) {
        row[at] = envelope.place().countryCode();
        row[at + 1] = dictionary.term(envelope.projectId(), envelope.place().region());
        row[at + 2] = dictionary.term(envelope.projectId(), envelope.place().city());
    }
}
