package io.micrologs.query;

import io.micrologs.http.Routes;
import io.micrologs.http.WorkerEndpoint;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** The REST API over the control tables and the loaded events. */
public final class QueryApi {
    private static final Set<String> GET = Set.of("GET");
    private static final Set<String> POST = Set.of("POST");

    private final ProjectStore projects;
    private final ProjectEndpoints projectEndpoints;
    private final ErrorStatusEndpoint errorStatus;
    private final LinkEndpoints links;
    private final Analytics analytics;
    private final Outage outage;

    /**
     * Asks the database nothing yet.
     *
     * @param publisher gets every new snapshot of the control tables; returns when it is in force
     */
    public QueryApi(
            QueryConfig config, DataSource dataSource, Consumer<ControlSnapshot> publisher, InstantSource clock) {
        ControlStore control = new ControlStore(dataSource, publisher);
        Access access = new Access(config, control);
        this.projects = new ProjectStore(control, clock);
        this.projectEndpoints = new ProjectEndpoints(config, projects, access);
        this.errorStatus = new ErrorStatusEndpoint(access, dataSource, clock);
        this.links = new LinkEndpoints(config, access, new LinkStore(control, clock, config.linksMax()));
        this.analytics = new Analytics(access, dataSource, clock);
        this.outage = new Outage(clock);
    }

    /** The store whose snapshot these endpoints act on; call its {@link ProjectStore#refreshIfChanged()} every 250 ms. */
    public ProjectStore projects() {
        return projects;
    }

    /** Adds the endpoints, each with and without {@code .php}. */
    public void routes(Routes.Builder routes) {
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
        question(routes, "visitors", new VisitorsPreset());
        question(routes, "pages", new PagesPreset());
        question(routes, "errors", new ErrorsPreset());
        question(routes, "error-detail", new ErrorDetailPreset());
        question(routes, "audits", new AuditsPreset());
    }

    private void question(Routes.Builder routes, String name, Preset preset) {
        WorkerEndpoint endpoint = request -> analytics.answer(request, preset);
        routes.on("/api/analytics/" + name, GET, outage.guard(endpoint));
    }
}
