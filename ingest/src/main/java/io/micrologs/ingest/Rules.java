package io.micrologs.ingest;

import io.micrologs.http.Cidrs;
import io.micrologs.http.Exchange;
import io.micrologs.ingest.Snapshot.Privacy;
import io.micrologs.ingest.Snapshot.Project;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a project says about whom to leave out and what to remember of the others. Immutable. */
record Rules(int projectId, boolean cookieless, boolean fingerprint, boolean gpc, boolean dnt, Cidrs excluded) {
    private static final Logger log = LoggerFactory.getLogger(Rules.class);

    static Rules of(Project project) {
        Privacy privacy = project.privacy();
        return new Rules(
                project.id(),
                privacy.cookieless(),
                privacy.fingerprint() && !privacy.cookieless(),
                privacy.gpc(),
                privacy.dnt(),
                cidrs(project));
    }

    boolean excludes(byte[] address) {
        return excluded.contains(address);
    }

    /** What the visitor's browser asks for and the project honours; null when there is nothing. */
    @Nullable
    Rejection optOut(Exchange exchange) {
        if (gpc && "1".equals(exchange.header("sec-gpc"))) {
            return Rejection.GPC;
        }
        return dnt && "1".equals(exchange.header("dnt")) ? Rejection.DNT : null;
    }

    /** They were checked when they were set; one that is not understood must not keep all others from being in force. */
    private static Cidrs cidrs(Project project) {
        List<String> good = new ArrayList<>();
        for (String cidr : project.privacy().excludeCidrs()) {
            try {
                Cidrs.parse(List.of(cidr));
                good.add(cidr);
            } catch (IllegalArgumentException e) {
                log.warn("an exclude_cidrs entry of project {} is no CIDR block and is ignored", project.id());
            }
        }
        return Cidrs.parse(good);
    }
}
