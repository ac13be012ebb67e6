using System;
using System.Diagnostics;
using System.Threading;
using nanoFramework.M2Mqtt;
using nanoFramework.M2Mqtt.Messages;

namespace BodyCam.Hazards
{
    public class Entries
    {
        private int _fault;
        private volatile bool _stop;

        public void StartAll(MqttClient client)
        {
            new Thread(Unguarded).Start();
            new Thread(() => Work()).Start();
            new Thread(NarrowCatch).Start();
            new Thread(WorkBeforeTry).Start();
            new Thread(DebugOnly).Start();
            new Thread(Guarded).Start();
            new Thread(GuardedLoop).Start();
            new Thread(() => Guarded()).Start();
            new Thread(Rethrows).Start();
            new Thread(ThrowsAnew).Start();
            new Thread(WorksInCatch).Start();
            new Thread(WorksInFinally).Start();
            new Thread(TakesTheDetailApart).Start();
            new Thread(StoresElsewhere).Start();
            new Thread(ReadsInitialised).Start();
            new Thread(Initialised.Loop).Start();
            new Thread(RecordsGuarded).Start();
            client.MqttMsgPublished += Published;
            client.MqttMsgSubscribed += Subscribed;
        }

        private void Unguarded() => Work();

        private void NarrowCatch()
        {
            try
            {
                Work();
            }
            catch (InvalidOperationException)
            {
                _fault = 1;
            }
        }

        private void WorkBeforeTry()
        {
            Work();
            try
            {
                Work();
            }
            catch (Exception)
            {
                _fault = 1;
            }
        }

        private void DebugOnly()
        {
            try
            {
                Work();
            }
            catch (Exception e)
            {
                Debug.WriteLine(e.ToString());
            }
        }

        private void Guarded()
        {
            try
            {
                Work();
            }
            catch (Exception)
            {
                _fault = 1;
            }
        }

        private void GuardedLoop()
        {
            while (!_stop)
            {
                try
                {
                    Work();
                }
                catch (Exception)
                {
                    _fault = 2;
                }
            }
        }

        private void Rethrows()
        {
            try
            {
                Work();
            }
            catch (Exception)
            {
                _fault = 4;
                throw;
            }
        }

        private void ThrowsAnew()
        {
            try
            {
                Work();
            }
            catch (Exception)
            {
                _fault = 4;
                throw new InvalidOperationException("again");
            }
        }

        private void WorksInCatch()
        {
            try
            {
                Work();
            }
            catch (Exception)
            {
                Work();
            }
        }

        private void WorksInFinally()
        {
            try
            {
                Work();
            }
            catch (Exception)
            {
                _fault = 4;
            }
            finally
            {
                Work();
            }
        }

        private void TakesTheDetailApart()
        {
            try
            {
                Work();
            }
            catch (Exception e)
            {
                _fault = e.Message.Length;
            }
        }

        private void StoresElsewhere()
        {
            Entries other = null;
            try
            {
                other = new Entries();
                Work();
            }
            catch (Exception)
            {
                other._fault = 4;
            }
        }

        private void ReadsInitialised()
        {
            int step = Initialised.Step;
            try
            {
                _fault = step;
            }
            catch (Exception)
            {
                _fault = 4;
            }
        }

        private void RecordsGuarded()
        {
            try
            {
                Work();
            }
            catch (Exception e)
            {
                Record(e.Message);
            }
        }

        private void Record(string text)
        {
            try
            {
                Work();
                _fault = text.Length;
            }
            catch (Exception)
            {
                _fault++;
            }
        }

        private void Published(object sender, MqttMsgPublishedEventArgs e) => Work();

        private void Subscribed(object sender, MqttMsgSubscribedEventArgs e)
        {
            try
            {
                Work();
            }
            catch (Exception)
            {
                _fault = 3;
            }
        }

        private void Work()
        {
            if (_fault > 5)
            {
                throw new InvalidOperationException("five faults");
            }
        }
    }

    public static class Initialised
    {
        public static int Step;

        static Initialised()
        {
            Step = int.Parse("?");
        }

        public static void Loop()
        {
            try
            {
                Step++;
            }
            catch (Exception)
            {
                Step = 0;
            }
        }
    }

    public class TimerUser
    {
        public static Timer Arm() => new Timer(Tick, null, 1, 1);

        private static void Tick(object state) => throw new NotSupportedException();
    }

    public abstract class AbstractWorker
    {
        public void Start() => new Thread(Loop).Start();

        protected abstract void Loop();
    }

    public class RecklessWorker : AbstractWorker
    {
        protected override void Loop() => throw new NotSupportedException();
    }
}
