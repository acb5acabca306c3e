// Ids as the OpenTelemetry SDK for Java draws them (RandomIdGenerator), by the JDK's own ThreadLocalRandom.
// java make_java.java > java_ids.txt     (JDK 17 or 18: later ones do not let a thread say its own id)
// A line: thread id, span id, and for a root its trace id.
import java.util.concurrent.ThreadLocalRandom;

class MakeJava {
    static final class Named extends Thread {
        final long id;
        final int turn;
        Named(long id, int turn) { this.id = id; this.turn = turn; }
        // ThreadLocalRandom asks for it at each draw. 0 leaves the gamma that JDK 8 to 16 have for all threads.
        @Override public long getId() { return id; }
        @Override public void run() {
            for (int i = 0; i < 60; i++) draw(turn, id, i % 5 == 0);
        }
    }

    static final int THREADS = 6;
    static int turn = 0;
    static final java.util.Random choose = new java.util.Random(9);

    // Threads take turns in an order that is random but the same each time.
    static synchronized void draw(int me, long thread, boolean root) {
        try { while (turn != me) MakeJava.class.wait(); } catch (InterruptedException e) { throw new Error(e); }
        var random = ThreadLocalRandom.current();
        String line = thread + " " + String.format("%016x", random.nextLong());
        if (root) line += " " + String.format("%016x%016x", random.nextLong(), random.nextLong());
        System.out.println(line);
        left[me]--;
        int next;
        do next = choose.nextInt(THREADS); while (left[next] == 0 && any());
        turn = next;
        MakeJava.class.notifyAll();
    }

    static final int[] left = {60, 60, 60, 60, 60, 60};
    static boolean any() { for (int l : left) if (l > 0) return true; return false; }

    public static void main(String[] args) throws Exception {
        long[] ids = {1, 31, 107, 0, 0, 5_000_000};
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) (threads[i] = new Named(ids[i], i)).start();
        for (Thread thread : threads) thread.join();
    }
}
