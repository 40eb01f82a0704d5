package io.micrologs.server;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ClassType;
import com.sun.jdi.Method;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Throws an Error in a running server, at the next call of a method: what a debugger can do, so that the product needs no
 * door for it.
 */
final class Failpoint implements AutoCloseable {
    private static final long REACHED_MAX_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final VirtualMachine server;
    private final String place;
    private final String error;

    private Failpoint(VirtualMachine server, String place, String error) {
        this.server = server;
        this.place = place;
        this.error = error;
    }

    /** What a server needs so that {@link #arm} can reach it. */
    static String flag(int port) {
        return "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:" + port;
    }

    /** From now on, whoever calls {@code method} stops there, and waits for {@link #raise}. */
    static Failpoint arm(int port, String className, String method, String error) throws Exception {
        VirtualMachine server = attach(port);
        BreakpointRequest here = server.eventRequestManager()
                .createBreakpointRequest(
                        loaded(server, className).methodsByName(method).get(0).location());
        here.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
        here.enable();
        return new Failpoint(server, className + "." + method, error);
    }

    /** Returns when the error is on its way in the thread that came first. */
    void raise() throws Exception {
        long deadline = System.nanoTime() + REACHED_MAX_NANOS;
        while (System.nanoTime() < deadline) {
            EventSet events = server.eventQueue().remove(100);
            if (events == null) {
                continue;
            }
            for (Event event : events) {
                if (event instanceof BreakpointEvent reached) {
                    reached.request().disable();
                    reached.thread().stop(made(reached.thread()));
                    events.resume();
                    return;
                }
            }
            events.resume();
        }
        throw new AssertionError(place + " was not called");
    }

    @Override
    public void close() {
        try {
            server.dispose();
        } catch (VMDisconnectedException e) {
            // It has ended, as it should.
        }
    }

    private static ReferenceType loaded(VirtualMachine server, String className) {
        List<ReferenceType> types = server.classesByName(className);
        if (types.isEmpty()) {
            throw new AssertionError("the server has not loaded " + className + " yet");
        }
        return types.get(0);
    }

    private ObjectReference made(ThreadReference thread) throws Exception {
        ClassType classes = (ClassType) loaded(server, "java.lang.Class");
        // It may be nobody's business yet, and then it is not loaded.
        classes.invokeMethod(
                thread,
                classes.concreteMethodByName("forName", "(Ljava/lang/String;)Ljava/lang/Class;"),
                List.of(server.mirrorOf(error)),
                ObjectReference.INVOKE_SINGLE_THREADED);
        ClassType type = (ClassType) loaded(server, error);
        Method constructor = type.concreteMethodByName("<init>", "(Ljava/lang/String;)V");
        return type.newInstance(
                thread, constructor, List.of(server.mirrorOf("of a test")), ObjectReference.INVOKE_SINGLE_THREADED);
    }

    private static VirtualMachine attach(int port) throws Exception {
        AttachingConnector socket = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                .filter(connector -> connector.name().equals("com.sun.jdi.SocketAttach"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> arguments = socket.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(String.valueOf(port));
        return socket.attach(arguments);
    }
}
