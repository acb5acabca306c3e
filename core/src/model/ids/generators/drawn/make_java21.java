// Ids as the OpenTelemetry SDK for Java draws them, a request on each virtual thread, by the JDK's own ThreadLocalRandom.
// java make_java21.java > java21_ids.txt     (JDK 21 or later)
// A line: thread id, span id, and for a root its trace id.
import java.util.concurrent.ThreadLocalRandom;

class MakeJava21 {
    static void request(boolean root) {
        var random = ThreadLocalRandom.current();
        for (int i = 0; i < 5; i++) {
            String line = Thread.currentThread().threadId() + " " + String.format("%016x", random.nextLong());
            if (root && i == 0) line += " " + String.format("%016x%016x", random.nextLong(), random.nextLong());
            System.out.println(line);
        }
    }

    public static void main(String[] args) throws Exception {
        for (int i = 0; i < 12; i++) {
            boolean root = i % 2 == 0;
            Thread.ofVirtual().start(() -> request(root)).join();
        }
        Thread thread = new Thread(() -> request(false));
        thread.start();
        thread.join();
    }
}
