package io.micrologs.query;

import io.micrologs.http.Routes;
import io.micrologs.http.StaticFile;
import io.micrologs.http.WorkerEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The REST API over the control tables and the loaded events. */
public final class QueryApi {
    /** Questions that read many raw rows at a time: of the server's eight workers two are left for what is quick. */
    private static final int SLOW_MAX = 6;

    private static final Set<String> GET = Set.of("GET");
    private static final Set<String> POST = Set.of("POST");

    private final ProjectStore projects;
    private final ProjectEndpoints projectEndpoints;
    private final ErrorStatusEndpoint errorStatus;
    private final LinkEndpoints links;
    private final LedgerEndpoint ledger;
    private final LocationsPreset locations;
    private final ShortUrls shortUrls;
    private final Analytics analytics;
    private final QueryEndpoint query;
    private final Outage outage;

    /** Asks the database nothing yet. Without a journal and a note on locations. */
    public QueryApi(
            QueryConfig config, DataSource dataSource, Consumer<ControlSnapshot> publisher, InstantSource clock) {
        this(config, dataSource, QueryEdges.of(publisher), clock);
    }

    /** Asks the database nothing yet. */
    public QueryApi(QueryConfig config, DataSource dataSource, QueryEdges edges, InstantSource clock) {
        ControlStore control = new ControlStore(dataSource, edges.publisher());
        Access access = new Access(config, control);
        this.projects = new ProjectStore(control, clock);
        this.projectEndpoints = new ProjectEndpoints(config, projects, access);
        this.errorStatus = new ErrorStatusEndpoint(access, dataSource, clock);
        this.links = new LinkEndpoints(config, access, new LinkStore(control, clock, config.linksMax()));
        this.ledger = new LedgerEndpoint(access, dataSource, edges.journal());
        this.locations = new LocationsPreset(edges.locationNote());
        this.shortUrls = new ShortUrls(config.baseUrl());
        Semaphore slow = new Semaphore(SLOW_MAX);
        this.analytics = new Analytics(access, dataSource, clock, slow);
        this.query = new QueryEndpoint(access, dataSource, clock, slow);
        this.outage = new Outage(clock);
    }

    /** The store whose snapshot these endpoints act on; call its {@link ProjectStore#refreshIfChanged()} every 250 ms. */
    public ProjectStore projects() {
        return projects;
    }

    /**
     * Looks whether the ledger balances, which also moves on what is counted for it; to be called now and then.
     *
     * @return null when that is not known now
     */
    public @Nullable Boolean ledgerBalances() throws SQLException {
        return ledger.balances();
    }

    /** Adds the endpoints, each with and without {@code .php}, and the document that describes the whole server. */
    public void routes(Routes.Builder routes) {
        new StaticFile("application/yaml; charset=utf-8", openApi(), Duration.ofHours(1), true)
                .route(routes, "/openapi.yaml");
        routes.on("/api/projects/create", POST, outage.guard(projectEndpoints::create));
        routes.on("/api/projects/list", GET, outage.guard(projectEndpoints::list));
        routes.on("/api/projects/edit", POST, outage.guard(projectEndpoints::edit));
        routes.on("/api/projects/toggle", POST, outage.guard(projectEndpoints::toggle));
        routes.on("/api/projects/regenerate-keys", POST, outage.guard(projectEndpoints::regenerateKeys));
        routes.on("/api/projects/delete", POST, outage.guard(projectEndpoints::delete));
        routes.on("/api/projects/verify", POST, outage.guard(projectEndpoints::verify));
        routes.on("/api/track/errors-update-status", POST, outage.guard(errorStatus::update));
        routes.on("/api/links/create", POST, outage.guard(links::create));
        routes.on("/api/links/list", GET, outage.guard(links::list));
        routes.on("/api/links/detail", GET, outage.guard(links::detail));
        routes.on("/api/links/edit", POST, outage.guard(links::edit));
        routes.on("/api/links/delete", POST, outage.guard(links::delete));
        routes.on("/api/v1/ledger", GET, outage.guard(ledger::answer));
        routes.on("/api/v1/query", POST, outage.guard(query::answer));
        question(routes, "visitors", new VisitorsPreset());
        question(routes, "visitors-returning", new ReturningPreset());
        question(routes, "sessions", new SessionsPreset());
        question(routes, "pages", new PagesPreset());
        question(routes, "devices", new DevicesPreset());
        question(routes, "locations", locations);
        question(routes, "referrers", new ReferrersPreset());
        question(routes, "utm", new UtmPreset());
        question(routes, "links", new LinksPreset(shortUrls));
        question(routes, "link-detail", new LinkDetailPreset());
        question(routes, "errors", new ErrorsPreset());
        question(routes, "errors-trend", new ErrorsTrendPreset());
        question(routes, "error-detail", new ErrorDetailPreset());
        question(routes, "audits", new AuditsPreset());
    }

    private static byte[] openApi() {
        try (InputStream file = QueryApi.class.getResourceAsStream("openapi.yaml")) {
            return Objects.requireNonNull(file, "openapi.yaml is not in the jar")
                    .readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void question(Routes.Builder routes, String name, Preset preset) {
        WorkerEndpoint endpoint = request -> analytics.answer(request, preset);
        routes.on("/api/analytics/" + name, GET, outage.guard(endpoint));
    }
}
