using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Control
{
    /// <summary>Carries out the gateway's commands; those that need quiet wait for it here. Control thread only, but for <see cref="Enqueue"/>.</summary>
    public sealed class Errands
    {
        private readonly RecorderControl _control;
        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly Provisioning _provisioning;
        private readonly Signals.Signals _signals;
        private readonly Diary _diary;
        private readonly CommandQueue _commands = new CommandQueue();
        private Command _configure;
        private bool _returnWanted;

        /// <summary>Takes its parts.</summary>
        public Errands(RecorderControl control, CardStore store, DeviceState state, Provisioning provisioning, Signals.Signals signals, Diary diary)
        {
            _control = control;
            _store = store;
            _state = state;
            _provisioning = provisioning;
            _signals = signals;
            _diary = diary;
        }

        /// <summary>Set when the chip must restart (something was configured).</summary>
        public bool RestartWanted { get; private set; }

        /// <summary>Queues an authenticated command; beyond 16 it is dropped.</summary>
        public void Enqueue(Command command)
        {
            _commands.Enqueue(command);
        }

        /// <summary>Takes the next command.</summary>
        public void Tick(long nowUs)
        {
            Command command = _commands.Take();
            if (command == null)
            {
                return;
            }

            if (command.Name == "state")
            {
                if (command.GetInt("epoch", 0, int.MaxValue, 0) == _state.Epoch)
                {
                    _store.Recordings.GatewayRecording = command.GetInt("lastRecording", 0, int.MaxValue, 0);
                }

                return;
            }

            _diary.Line(Events.Command).Add("name", command.Name);
            _diary.Write(true);
            if (command.Name == "selfTest" && command.GetInt("full", 0, 1, 0) == 1)
            {
                if (_control.IsFree)
                {
                    _control.Checks.WantSelfTest();
                }
                else
                {
                    _diary.Line(Events.Command).Add("name", "selfTest").Add("refused", true);
                    _diary.Write(true);
                }
            }
            else if (command.Name == "selfTest")
            {
                _control.Checks.RunCheck();
            }
            else if (command.Name == "locate")
            {
                _signals.Locate(command.GetInt("seconds", 1, 60, 10), nowUs);
            }
            else if (command.Name == "configure")
            {
                _configure = command;
            }
            else if (command.Name == "return")
            {
                _returnWanted = true;
            }
        }

        /// <summary>Does what waited for the end of the recording and of recovery; call while nothing is recorded.</summary>
        public void WhileQuiet()
        {
            if (_returnWanted && _store.IsOpen && !_store.Recovery.IsPending)
            {
                _returnWanted = false;
                Return();
            }

            // What a power cut left is sealed under the keys in force; a new epoch waits for it.
            if (_configure != null && !_store.RecoveryPending)
            {
                Configure();
            }
        }

        private void Return()
        {
            _control.EndOpenActivity();
            StoreResult result = _store.Manifests.Write(_diary.Now());
            _diary.Line(Events.Manifest).Add("result", (int)result).Add("segment", _store.Manifests.ManifestSegment);
            _diary.Write(true);
            _diary.Line(Events.Assignment).Add("open", false);
            _diary.Write(true);
            _store.Journal.Rotate(_diary.Now());
        }

        private void Configure()
        {
            Command command = _configure;
            _configure = null;
            StoreResult result = _provisioning.Replace(command.Body);
            _diary.Line(Events.Command).Add("name", "configured").Add("result", (int)result).Add("epoch", _provisioning.Epoch);
            _diary.Write(true);
            if (result == StoreResult.Ok)
            {
                _store.Journal.Stop(_diary.Now());
                _state.NothingOpen = _store.IsOpen && _store.Ledger.OpenCount == 0;
                _store.SaveState();
                RestartWanted = true;
            }
        }
    }
}
